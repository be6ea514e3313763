#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::query {

// Pure; for hints in errors: what people write who come from other databases, and what it is here.
// Empty where it is nothing of that kind.

/// For a syntax error at byte `offset`.
std::string dialect_hint(std::string_view sql, std::size_t offset);
/// For a name that was not found and stands at byte `offset`: what stands in double quotes is a
/// name, and backticks are none.
std::string quoting_hint(std::string_view sql, std::size_t offset);
/// For a statement that is no query.
std::string other_statement_hint(std::string_view sql);
/// Whether it has `LIMIT 10, 20`; then that is what the engine does not take.
bool has_limit_pair(std::string_view sql);

}  // namespace sluice::query
