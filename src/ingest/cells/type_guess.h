#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/cells/value_type.h"

namespace sluice::ingest {

/// Which types a column may take, by what its cells are in the source.
enum class CellRule {
  text,         ///< CSV: any type whose print equals the text.
  json_string,  ///< The sender said "string": dates and timestamps only, never a number or boolean.
  json_number,
  /// Within a list or an object, which silver leaves as they are: also a DOUBLE of the same value
  /// that prints another text (52 as 52.0).
  json_nested_number,
  json_boolean,
};

/// The narrowest type that prints back every cell seen, exactly (design.md, settled question 4).
/// Pieces of one column may be looked at apart and merged in their order.
class TypeGuess {
 public:
  explicit TypeGuess(CellRule rule = CellRule::text);

  /// `line`: where the cell is, as told in the reason; 0 where that is not known.
  void observe(std::string_view cell, std::uint64_t line = 0);
  /// What a later piece of the column showed.
  void merge(const TypeGuess& later);

  ValueType type() const;
  bool is_text() const { return possible_ == 0 || seen_ == 0; }
  bool seen() const { return seen_ > 0; }
  /// For `Column::reason`: the rule, and the cell that decided.
  std::string reason() const;

 private:
  /// The first cell that a type could not print back.
  struct Misfit {
    std::string cell;
    std::uint64_t line = 0;
  };

  void strike(unsigned types, const Misfit& misfit);

  CellRule rule_;
  unsigned possible_;      ///< Bits of the types that still hold.
  std::int64_t seen_ = 0;  ///< Cells observed.
  std::size_t scale_ = 0;  ///< Of the decimals.
  std::size_t whole_digits_ = 0;
  Misfit first_;                 ///< The first cell of all.
  std::vector<Misfit> misfits_;  ///< In order; at most one for each type.
  std::array<std::uint8_t, 8>
      struck_by_{};         ///< Per type, 1 + index of its misfit; 0 while it holds.
  unsigned last_held_ = 0;  ///< The types that held until the last one fell.
};

/// True where the text alone would be taken for a number, date, timestamp or boolean: for header
/// detection.
bool looks_typed(std::string_view cell);
/// The cell as shown in errors and reasons: quoted, cut to `shown_cell_bytes_max`, control
/// characters as `?`.
std::string shown(std::string_view cell);

}  // namespace sluice::ingest
