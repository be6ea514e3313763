#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/structure/cell_look.h"

namespace sluice::ingest {

/// The cells of one column from some row on.
struct ColumnLook {
  std::array<std::size_t, 7> count{};              ///< By CellLook.
  std::size_t said_text = 0;                       ///< Of those with a value.
  std::size_t years = 0;                           ///< Numbers of four digits from 1800 to 2100.
  std::size_t broken = 0;                          ///< Numbers with a point or a comma in them.
  std::size_t with_unit = 0;                       ///< Numbers with a currency or a percent sign.
  double least = 1e300;                            ///< The least number, as far as a point; else 0.
  std::map<std::string_view, std::size_t> values;  ///< Texts, and how often each comes.
  std::map<std::string, std::size_t> forms;        ///< form_of each.
  std::map<std::string, std::size_t> shapes;       ///< shape_of each that has one.

  void add(const TableCell& cell);
  /// Cells that are neither empty nor a word for nothing.
  std::size_t valued() const;
  /// What three quarters of the values are, if not text; else text.
  CellLook typed_as() const;
};

/// Columns over the rows from `first` on; a row of more than `width` cells is none of theirs.
std::vector<ColumnLook> look_at_columns(const std::vector<TableRow>& rows, std::size_t first,
                                        std::size_t width);

/// How much speaks for a row of names (above zero) or for a row of values (below) in `row`, over
/// the columns below it; its cells stand `shift` columns to the right. Columns beyond its cells
/// speak a little against it. `again`: the whole row comes again below, as where files were joined,
/// so that its cells need not differ from those below.
double header_evidence(const TableRow& row, const std::vector<ColumnLook>& below, bool again,
                       std::size_t shift = 0);

/// Columns whose cells are numbers, dates, times or booleans, and in how many of them `row` has
/// text: of a row of values hardly any.
struct TypedCells {
  std::size_t columns = 0;
  std::size_t text = 0;
  std::size_t typed = 0;
};
TypedCells typed_cells(const TableRow& row, const std::vector<CellLook>& typed);

/// `typed_as` of each.
std::vector<CellLook> typed_looks(const std::vector<ColumnLook>& columns);

}  // namespace sluice::ingest
