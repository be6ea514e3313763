#pragma once

#include <utility>

#include <tl/expected.hpp>

#include "base/error.h"

namespace sluice {

/// The outcome of anything that may fail in an expected way. Exceptions are for what is broken.
template <typename T>
using Result = tl::expected<T, Error>;

/// `return fail(Errc::not_found, Code::dataset_not_found, "No such dataset.", "Run sluice ls.");`
inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }
inline tl::unexpected<Error> fail(Errc kind, ErrorCode code, std::string detail,
                                  std::string remedy = {}) {
  return tl::unexpected<Error>(Error{kind, std::move(code), std::move(detail), std::move(remedy)});
}

}  // namespace sluice

#define SLUICE_CONCAT_(a, b) a##b
#define SLUICE_CONCAT(a, b) SLUICE_CONCAT_(a, b)

/// Returns the error of a failed Result from the enclosing function; else goes on.
#define TRY(expression)                            \
  if (auto sluice_try = (expression); !sluice_try) \
  return ::sluice::fail(std::move(sluice_try).error())

/// `TRY_ASSIGN(auto file, open(path));` binds the value, or returns the error.
#define TRY_ASSIGN(declaration, expression) \
  TRY_ASSIGN_(SLUICE_CONCAT(sluice_result_, __LINE__), declaration, expression)
#define TRY_ASSIGN_(temporary, declaration, expression)                \
  auto temporary = (expression);                                       \
  if (!temporary) return ::sluice::fail(std::move(temporary).error()); \
  declaration = std::move(*temporary)
