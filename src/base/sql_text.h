#pragma once

#include <string>
#include <string_view>

namespace sluice {

/// `"name"` with inner quotes doubled: an identifier of SQL, as DuckDB reads it.
std::string quote_identifier(std::string_view name);
/// `'text'` with inner quotes doubled: a string literal of SQL, as DuckDB reads it.
std::string quote_literal(std::string_view text);

}  // namespace sluice
