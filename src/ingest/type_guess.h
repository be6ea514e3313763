#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::ingest {

/// Which types a column may take, by what its cells are in the source.
enum class CellRule {
  text,         ///< CSV: any type whose print equals the text.
  json_string,  ///< The sender said "string": dates and timestamps only, never a number or boolean.
  json_number,
  json_boolean,
  json_nested,  ///< Objects and arrays, kept as JSON text.
  json_mixed,   ///< Several kinds in one column.
};

/// The narrowest type that prints back every cell seen so far, exactly (design.md, "Types"). A
/// guess from a sample: the engine checks each cell while it copies (checked_copy.h) and answers
/// with `reject`.
class TypeGuess {
 public:
  explicit TypeGuess(CellRule rule = CellRule::text);

  void observe(std::string_view cell);
  /// The engine found that this cell does not print back under `type()`; the next type differs.
  void reject(std::string_view cell);
  /// As `reject`, and no other type is tried.
  void settle_as_text(std::string_view cell);

  /// DuckDB type text.
  std::string type() const;
  bool is_text() const { return possible_ == 0 || seen_ == 0; }
  /// SQL that is true where `cell` (VARCHAR) is exactly what `typed` stands for; both are SQL
  /// expressions.
  std::string check_sql(const std::string& cell, const std::string& typed) const;
  /// For `Column::reason`: the rule, and the cell that decided.
  std::string reason() const;

 private:
  CellRule rule_;
  unsigned possible_;      ///< Bits of the types that still hold.
  std::int64_t seen_ = 0;  ///< Cells observed.
  std::size_t scale_ = 0;  ///< Of the decimals.
  std::size_t whole_digits_ = 0;
  std::string why_text_;  ///< Filled when the last type fell.
};

/// True where the text alone would be taken for a number, date, timestamp or boolean: for header
/// detection.
bool looks_typed(std::string_view cell);
/// The cell as shown in errors and reasons: quoted, cut to `shown_cell_bytes_max`, control
/// characters as `?`.
std::string shown(std::string_view cell);

}  // namespace sluice::ingest
