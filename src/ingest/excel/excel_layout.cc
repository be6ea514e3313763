#include "ingest/excel/excel_layout.h"

#include <algorithm>
#include <functional>

#include "ingest/error_codes.h"
#include "ingest/structure/start_choice.h"
#include "ingest/structure/table_start.h"

namespace sluice::ingest {
namespace {

std::string joined(const std::map<std::uint32_t, SheetCell>& row) {
  std::string text;
  for (const auto& [column, cell] : row) text += (text.empty() ? "" : "\t") + cell.text;
  return text;
}

bool all_strings(const std::map<std::uint32_t, SheetCell>& row) {
  return std::all_of(row.begin(), row.end(),
                     [](const auto& cell) { return cell.second.kind == ExcelKind::string; });
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

CellLook look_of_cell(const SheetCell& cell) {
  switch (cell.kind) {
    case ExcelKind::number:
      return CellLook::number;
    case ExcelKind::boolean:
      return CellLook::boolean;
    case ExcelKind::date:
    case ExcelKind::datetime:
      return CellLook::date;
    case ExcelKind::time:
    case ExcelKind::duration:
      return CellLook::time;
    case ExcelKind::error:
      return CellLook::nothing;
    case ExcelKind::string:
      break;
  }
  return look_of(std::string_view(cell.text));
}

/// The rows from `from` on as the decision wants them; their texts stay in `rows`.
std::vector<TableRow> table_rows(const SheetRows& rows, SheetRows::const_iterator from,
                                 const SheetLayout& layout) {
  const std::size_t most = std::max(start_rows_least, start_cells_max / layout.width);
  std::vector<TableRow> table;
  for (auto row = from; row != rows.end() && table.size() < most; ++row) {
    TableRow& made = table.emplace_back();
    made.line = row->first + 1;
    made.cells.resize(layout.width);
    for (const auto& [column, cell] : row->second) {
      made.cells.at(column - layout.first_column) = {cell.text, look_of_cell(cell),
                                                     cell.kind == ExcelKind::string};
    }
  }
  return table;
}

/// Cells with gaps behind them; one alone in the first column is a title, however wide it spans.
bool may_be_groups(const TableRow& row) {
  const bool is_title = row.filled() == 1 && row.cells[0].look != CellLook::empty;
  return row.filled() > 0 && row.filled() < row.cells.size() && !is_title;
}

bool has_gaps(const TableRow& row) { return row.filled() < row.cells.size(); }

Result<std::uint32_t> column_of(std::string_view letters) {
  std::uint32_t column = 0;
  for (const char c : letters)
    column = column * 26 + static_cast<std::uint32_t>((c | 0x20) - 'a' + 1);
  return column - 1;
}

/// The names, and how many rows of them there are: what cells that span columns say goes before the
/// decision's own count.
Result<void> name_columns(const SheetRows& rows, const std::vector<TableRow>& table,
                          TableStart& start, SheetLayout& layout,
                          const std::function<Result<std::vector<MergedRegion>>()>& merged) {
  const auto plain = [&](std::size_t at) {
    layout.headers.clear();
    for (const TableCell& cell : table[at].cells) layout.headers.emplace_back(cell.text);
  };
  const bool groups_above =
      start.names == 1 && start.first > 0 && may_be_groups(table[start.first - 1]);
  if (groups_above || has_gaps(table[start.first])) {
    TRY_ASSIGN(const std::vector<MergedRegion> regions, merged());
    for (const std::size_t at : {start.first - (groups_above ? 1 : 0), start.first}) {
      plain(at);
      const auto row = static_cast<std::uint32_t>(table[at].line - 1);
      const auto below = std::next(rows.find(row));
      const bool last = below == rows.end();
      if (apply_merged(regions, row, last ? nullptr : &below->second, layout)) {
        start.first = at;
        start.names = 2;
        start.notes = 0;
        return {};
      }
    }
    if (start.names == 1) return {};
  }
  plain(start.first);
  if (start.names == 2) layout.headers = joined_names(table, start);
  return {};
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
  StartQuestion question = start_question(options);
  question.widths = {layout.width};
  auto from = rows.begin();
  if (options.header == HeaderOption::absent) question.first = 0;
  if (options.header_line > 0) {
    from = rows.find(static_cast<std::uint32_t>(options.header_line - 1));
    if (from == rows.end()) {
      return fail(Errc::unprocessable, Code::header_line,
                  "The sheet's row " + std::to_string(options.header_line) +
                      " (header_line) has no cells, or is not among the first rows.",
                  "Rows count from 1, as in the spreadsheet.");
    }
    question.first = 0;
    question.has_names = true;
  }
  const std::vector<TableRow> table = table_rows(rows, from, layout);
  const StartDecision decision = find_table_start(table, question);
  TableStart start = decision.best;
  if (start.names > 0) {
    TRY(name_columns(rows, table, start, layout, merged));
  } else {
    layout.headers = numbered_names(layout.width);
  }
  const auto line_of = [&table](std::size_t at) {
    return static_cast<std::uint32_t>(table[at].line - 1);
  };
  layout.first_data_row = start.names == 0 ? line_of(start.first) : line_of(start.body() - 1) + 1;
  for (auto row = rows.begin(); row->first != line_of(start.first); ++row) {
    const std::string raw = joined(row->second);
    if (raw.find_first_not_of("\t ") == std::string::npos) continue;
    layout.above_header.push_back(
        {row->first + 1, "above_header", "The row stands above the table.", raw});
  }
  for (std::size_t at = start.first + start.names; at < start.body(); ++at) {
    layout.above_header.push_back({line_of(at) + 1, "below_header", "The row tells of the columns.",
                                   joined(rows.at(line_of(at)))});
  }
  layout.above_header_counts = is_place_unproven(decision, start, table.size(), options);
  layout.notes.push_back(start_line(start, table, "row"));
  if (start.notes > 0) layout.notes.push_back(column_notes_line(start, table, "row"));
  if (!say_where_it_starts(options) && decision.is_guess())
    layout.notes.push_back(start_note(decision, table, "row"));
  layout.decision.push_back(start_choice(decision, start, table, "row", options));
  return layout;
}

}  // namespace sluice::ingest
