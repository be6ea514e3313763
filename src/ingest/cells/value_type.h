#pragma once

#include <string>
#include <utility>
#include <vector>

namespace sluice::ingest {

/// The type of a column, or of a part of a nested one.
struct ValueType {
  enum class Kind {
    text,
    bigint,
    decimal,
    real,
    boolean,
    date,
    timestamp,
    timestamptz,
    structure,  ///< `parts` are its fields.
    list,       ///< `parts[0].second` is its element.
  };

  Kind kind = Kind::text;
  int digits = 0;  ///< Of a decimal: 18 or 38.
  int scale = 0;   ///< Of a decimal.
  std::vector<std::pair<std::string, ValueType>> parts = {};

  bool operator==(const ValueType&) const = default;
};

/// DuckDB type text: `DECIMAL(18,2)`, `STRUCT("a" BIGINT, "b" VARCHAR[])`.
std::string sql_of(const ValueType& type);
/// Its format string in the Arrow C data interface.
std::string arrow_format_of(const ValueType& type);
/// Reads what `sql_of` writes of the scalar types, and the user's spellings of them (`INTEGER`,
/// `DOUBLE`, `STRING`, `TIMESTAMP WITH TIME ZONE`), without regard to case; false for any other.
bool parse_scalar_type(std::string_view text, ValueType& out);

}  // namespace sluice::ingest
