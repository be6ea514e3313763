#include "ingest/excel/excel_layout.h"

#include <algorithm>
#include <functional>

#include "ingest/csv/csv_dialect.h"
#include "ingest/error_codes.h"

namespace sluice::ingest {
namespace {

/// Titles and notes above a table take no more rows.
constexpr std::size_t title_rows_max = 20;

std::string joined(const std::map<std::uint32_t, SheetCell>& row) {
  std::string text;
  for (const auto& [column, cell] : row) text += (text.empty() ? "" : "\t") + cell.text;
  return text;
}

bool all_strings(const std::map<std::uint32_t, SheetCell>& row) {
  return std::all_of(row.begin(), row.end(),
                     [](const auto& cell) { return cell.second.kind == ExcelKind::string; });
}

/// The row that looks like the first of a table: three columns of four filled, or else the first
/// that is no lone title.
SheetRows::const_iterator first_table_row(const SheetRows& rows, std::size_t width) {
  auto begin = rows.begin();
  if (width < 3) return begin;
  auto first_wide = rows.end();
  std::size_t looked = 0;
  for (auto row = begin; row != rows.end() && looked < title_rows_max; ++row, ++looked) {
    if (row->second.size() * 4 >= width * 3) return row;
    if (row->second.size() > 1 && first_wide == rows.end()) first_wide = row;
    // A wide row in which only some columns have no header is the header all the same.
    if (row->second.size() > 1 && all_strings(row->second)) return row;
  }
  return first_wide == rows.end() ? begin : first_wide;
}

/// Names of a header with cells that span columns; true where a second row of names belongs to it.
bool apply_merged(const std::vector<MergedRegion>& regions, std::uint32_t header_row,
                  const std::map<std::uint32_t, SheetCell>* below, SheetLayout& layout) {
  std::vector<bool> spanned(layout.width, false);
  for (const MergedRegion& region : regions) {
    if (region.row > header_row || region.last_row < header_row ||
        region.last_column == region.column || region.column < layout.first_column) {
      continue;
    }
    const std::size_t from = region.column - layout.first_column;
    for (std::size_t i = from; i <= region.last_column - layout.first_column && i < layout.width;
         ++i) {
      layout.headers[i] = layout.headers[from];
      spanned[i] = true;
    }
  }
  if (below == nullptr || !all_strings(*below)) return false;
  for (std::size_t i = 0; i < layout.width; ++i) {
    const bool named = below->count(layout.first_column + static_cast<std::uint32_t>(i)) > 0;
    // Below a spanning cell each column has a name of its own; beside it none, or one instead of a
    // gap.
    if (spanned[i] ? !named : named && !layout.headers[i].empty()) return false;
  }
  if (std::find(spanned.begin(), spanned.end(), true) == spanned.end()) return false;
  for (const auto& [column, cell] : *below) {
    std::string& name = layout.headers.at(column - layout.first_column);
    name += (name.empty() ? "" : " ") + cell.text;
  }
  return true;
}

Result<std::uint32_t> column_of(std::string_view letters) {
  std::uint32_t column = 0;
  for (const char c : letters)
    column = column * 26 + static_cast<std::uint32_t>((c | 0x20) - 'a' + 1);
  return column - 1;
}

}  // namespace

Result<CellRange> parse_cell_range(const std::string& text) {
  CellRange range;
  if (text.empty()) return range;
  const auto invalid = [] {
    return fail(Errc::invalid_argument, Code::cell_range_invalid,
                "The cell_range is no range of cells.",
                "For example B3:F200, B3 (from there on) or B:F.");
  };
  const std::size_t colon = text.find(':');
  std::size_t part = 0;
  for (std::string_view corner :
       {std::string_view(text).substr(0, colon), colon == std::string::npos
                                                     ? std::string_view()
                                                     : std::string_view(text).substr(colon + 1)}) {
    const bool last = part++ == 1;
    if (corner.empty()) {
      if (!last || colon != std::string::npos) return invalid();
      continue;
    }
    const std::size_t letters = std::min(corner.find_first_of("0123456789"), corner.size());
    const std::string_view digits = corner.substr(letters);
    const bool named =
        std::all_of(corner.begin(), corner.begin() + static_cast<std::ptrdiff_t>(letters),
                    [](char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; });
    if (letters == 0 || letters > 3 || !named || digits.size() > 8 ||
        digits.find_first_not_of("0123456789") != std::string_view::npos) {
      return invalid();
    }
    TRY_ASSIGN(const std::uint32_t column, column_of(corner.substr(0, letters)));
    const std::uint32_t row =
        digits.empty() ? 0 : static_cast<std::uint32_t>(std::stoul(std::string(digits)));
    if (!digits.empty() && row == 0) return invalid();
    (last ? range.last_column : range.column) = column;
    if (!digits.empty()) (last ? range.last_row : range.row) = row - 1;
  }
  if (range.last_column < range.column || range.last_row < range.row) return invalid();
  return range;
}

Result<SheetLayout> find_sheet_layout(
    const SheetRows& rows, std::uint32_t first_column, std::uint32_t last_column,
    const IngestOptions& options,
    const std::function<Result<std::vector<MergedRegion>>()>& merged) {
  SheetLayout layout;
  layout.first_column = first_column;
  layout.width = last_column - first_column + 1;
  auto header = first_table_row(rows, layout.width);
  if (options.header == HeaderOption::absent) header = rows.begin();
  if (options.header_line > 0) {
    header = rows.find(static_cast<std::uint32_t>(options.header_line - 1));
    if (header == rows.end()) {
      return fail(Errc::unprocessable, Code::header_line,
                  "The sheet's row " + std::to_string(options.header_line) +
                      " (header_line) has no cells, or is not among the first rows.",
                  "Rows count from 1, as in the spreadsheet.");
    }
  }
  std::vector<SampleRow> sample;
  for (auto row = header; row != rows.end(); ++row) {
    SampleRow& made = sample.emplace_back();
    for (std::uint32_t column = first_column; column <= last_column; ++column) {
      const auto cell = row->second.find(column);
      made.cells.push_back(cell == row->second.end() ? "" : cell->second.text);
    }
  }
  bool has_header = options.header == HeaderOption::present || options.header_line > 0;
  if (!has_header && options.header == HeaderOption::automatic) {
    has_header = first_row_is_header(sample);
  }
  layout.headers = sample.front().cells;
  layout.first_data_row = header->first;
  if (has_header) {
    ++layout.first_data_row;
    const bool gaps =
        std::find(layout.headers.begin(), layout.headers.end(), "") != layout.headers.end();
    if (gaps) {
      TRY_ASSIGN(const std::vector<MergedRegion> regions, merged());
      const auto below = std::next(header);
      const bool two = apply_merged(regions, header->first,
                                    below == rows.end() ? nullptr : &below->second, layout);
      if (two) layout.first_data_row = below->first + 1;
    }
  } else {
    for (std::size_t i = 0; i < layout.width; ++i) {
      layout.headers[i] = "column_" + std::to_string(i + 1);
    }
  }
  for (auto row = rows.begin(); row != header; ++row) {
    layout.above_header.push_back(
        {row->first + 1, "above_header", "The row stands above the table.", joined(row->second)});
  }
  layout.notes.push_back(has_header
                             ? "The header is in row " + std::to_string(header->first + 1) + "."
                             : "There is no header: the first row is data.");
  return layout;
}

}  // namespace sluice::ingest
