#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace sluice::query {

// Pure; for hints in errors.

/// Words that the engine takes for a column's name only in double quotes; lower case, sorted.
/// Source: `duckdb_keywords()`, categories reserved and type_function; a test compares them.
std::span<const std::string_view> reserved_words();

/// For a syntax error at byte `offset`: that the word there, or just before, is a reserved one that
/// a column's name can only be in double quotes. Empty where none stands there.
std::string reserved_word_hint(std::string_view sql, std::size_t offset);

}  // namespace sluice::query
