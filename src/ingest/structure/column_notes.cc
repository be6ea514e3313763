#include "ingest/structure/column_notes.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/ascii.h"
#include "ingest/structure/header_evidence.h"

namespace sluice::ingest {
namespace {

constexpr std::array<std::string_view, 8> types = {"continuous", "discrete", "string", "time",
                                                   "c",          "d",        "s",      "t"};
constexpr std::array<std::string_view, 6> roles = {"class", "meta", "ignore", "weight", "i", "m"};

template <std::size_t N>
bool all_among(const TableRow& row, const std::array<std::string_view, N>& words) {
  return row.filled() > 0 &&
         std::all_of(row.cells.begin(), row.cells.end(), [&words](const TableCell& cell) {
           return cell.look == CellLook::empty ||
                  std::find(words.begin(), words.end(), trimmed_blanks(cell.text)) != words.end();
         });
}

/// Text in half of the columns of numbers and dates, and no number or date in any.
bool is_text_above_values(const TableRow& row, const std::vector<CellLook>& typed) {
  const TypedCells found = typed_cells(row, typed);
  return found.text >= 2 && found.typed == 0 && found.text * 2 >= found.columns;
}

}  // namespace

bool are_column_notes(const TableRow& names, const TableRow& upper, const TableRow& lower,
                      const std::vector<CellLook>& typed) {
  const auto fits = [&typed](const TableRow& row) { return row.cells.size() <= typed.size(); };
  if (names.filled() != typed.size() || !fits(upper) || !fits(lower)) return false;
  const auto is_name = [](const TableCell& cell) { return cell.look == CellLook::text; };
  if (!std::all_of(names.cells.begin(), names.cells.end(), is_name)) return false;
  const bool roles_below = all_among(lower, roles);
  if (roles_below && all_among(upper, types)) return true;
  return is_text_above_values(upper, typed) && (roles_below || is_text_above_values(lower, typed));
}

}  // namespace sluice::ingest
