#pragma once

#include <concepts>
#include <cstddef>
#include <iosfwd>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace sluice {

/// A row of a room's table of codes.
struct ErrorCodeEntry {
  std::string_view text;     ///< As callers see it: `no_columns`.
  std::string_view meaning;  ///< One sentence; docs/errors.md has the same one.
};

/// An enum that SLUICE_ERROR_CODES made.
template <typename T>
concept ErrorCodeEnum = std::is_enum_v<T> && requires(T value) {
  { error_code_entries(value) } -> std::same_as<std::span<const ErrorCodeEntry>>;
};

/// The enumerator's own name, `no_columns`.
template <ErrorCodeEnum Code>
constexpr std::string_view text_of(Code code) {
  return error_code_entries(code)[static_cast<std::size_t>(code)].text;
}

/// The stable, machine-readable name of an error. Product code makes one from an enumerator of a
/// room's error_codes.h and compares it with one, so that a typo does not compile.
class ErrorCode {
 public:
  ErrorCode() = default;  ///< None: its text is empty.

  template <ErrorCodeEnum Code>
  ErrorCode(Code code) : text_(text_of(code)) {}  // NOLINT(google-explicit-constructor)

  /// What another process or an earlier run of ours wrote. It may name no code that we know.
  static ErrorCode from_outside(std::string text) {
    ErrorCode code;
    code.text_ = std::move(text);
    return code;
  }

  const std::string& text() const { return text_; }
  operator const std::string&() const { return text_; }  // NOLINT(google-explicit-constructor)
  bool empty() const { return text_.empty(); }

  friend bool operator==(const ErrorCode& left, const ErrorCode& right) = default;

  template <ErrorCodeEnum Code>
  friend bool operator==(const ErrorCode& left, Code right) {
    return left.text_ == text_of(right);
  }

  /// For tests; tools/tidy.py refuses it elsewhere.
  template <std::convertible_to<std::string_view> Text>
  friend bool operator==(const ErrorCode& left, const Text& right) {
    return left.text_ == std::string_view(right);
  }

  friend std::ostream& operator<<(std::ostream& out, const ErrorCode& code);

 private:
  std::string text_;
};

}  // namespace sluice

/// Declares a room's codes, in the room's namespace: `enum class Enum`, and what ErrorCode asks of
/// it. TABLE is a macro that calls the macro it is given once for each code, with the enumerator
/// and its meaning: `CODE(no_columns, "The file has no columns.")`.
#define SLUICE_ERROR_CODES(Enum, TABLE)                                                           \
  enum class Enum { TABLE(SLUICE_ERROR_CODE_ENUMERATOR_) };                                       \
  inline constexpr ::sluice::ErrorCodeEntry Enum##_entries[] = {TABLE(SLUICE_ERROR_CODE_ENTRY_)}; \
  constexpr std::span<const ::sluice::ErrorCodeEntry> error_code_entries(Enum) {                  \
    return Enum##_entries;                                                                        \
  }
#define SLUICE_ERROR_CODE_ENUMERATOR_(name, meaning) name,
#define SLUICE_ERROR_CODE_ENTRY_(name, meaning) {#name, meaning},
