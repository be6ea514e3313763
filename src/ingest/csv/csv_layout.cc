#include "ingest/csv/csv_layout.h"

#include <algorithm>
#include <map>
#include <optional>

#include "base/ascii.h"
#include "ingest/csv/csv_dialect.h"
#include "ingest/error_codes.h"
#include "ingest/source_limits.h"
#include "ingest/structure/header_evidence.h"
#include "ingest/structure/start_choice.h"
#include "ingest/structure/table_start.h"

namespace sluice::ingest {
namespace {

/// What decides where the table starts: more rows say no more.
constexpr std::size_t start_rows_max = 100;
constexpr std::size_t widths_max = 4;

Error too_many_columns(std::uint64_t line) {
  return Error{Errc::too_large, Code::too_many_columns,
               "Line " + std::to_string(line) + " has more than " + std::to_string(columns_max) +
                   " cells (columns_max).",
               "Split the table, or turn columns into rows."};
}

Error no_row(std::string_view text, bool whole, const std::vector<SampleRow>& rows,
             const CsvGrammar& grammar) {
  if (!grammar.starts.empty() && !rows.empty()) {
    return {Errc::unprocessable, Code::no_columns,
            "No line has its text in the columns that the widths make.",
            "Widths count characters from the start of the line; a last null is the rest of it."};
  }
  if (!whole) {
    const auto delimiters = std::count(text.begin(), text.end(), grammar.delimiter.front());
    if (static_cast<std::size_t>(delimiters) > columns_max) {
      return too_many_columns(1);
    }
    return {Errc::too_large, Code::csv_header_too_long,
            "The first row is longer than " + std::to_string(sample_bytes_max) +
                " bytes (sample_bytes_max).",
            "A quote that is never closed does this too; look at the first line."};
  }
  return {Errc::unprocessable, Code::no_columns,
          rows.empty() ? "The file has no columns."
                       : "No row of the file can be read: the quotes in line " +
                             std::to_string(rows[0].line) + " are wrong.",
          "Upload a file with a header; or say which character quotes its cells (quote)."};
}

/// The index of the row that begins in the line that the user points to.
Result<std::size_t> row_of_line(const std::vector<SampleRow>& rows, std::int64_t wanted) {
  const auto line = static_cast<std::uint64_t>(wanted);
  std::size_t first = 0;
  while (first < rows.size() && rows[first].line < line) ++first;
  if (first < rows.size() && !rows[first].faulty) return first;
  return fail(Errc::unprocessable, Code::csv_header_line,
              "There is no row that begins in line " + std::to_string(wanted) + " (header_line).",
              "Lines count from 1.");
}

/// The widths that the table may have: that of most rows first, then of the first row, then those
/// that at least two rows have.
std::vector<std::size_t> widths_of(const std::vector<SampleRow>& rows, const Modal& modal) {
  std::vector<std::size_t> widths = {modal.rows == 0 ? 1 : modal.cells};
  std::map<std::size_t, std::size_t> count;
  for (const SampleRow& row : rows) {
    if (!row.faulty) ++count[row.cells.size()];
  }
  const auto first =
      std::find_if(rows.begin(), rows.end(), [](const SampleRow& row) { return !row.faulty; });
  const std::size_t first_cells = first == rows.end() ? 0 : first->cells.size();
  const auto add = [&widths](std::size_t cells) {
    const bool known = std::find(widths.begin(), widths.end(), cells) != widths.end();
    if (!known && cells > 1 && cells <= columns_max && widths.size() < widths_max)
      widths.push_back(cells);
  };
  // Rows that end early show a table's width in its header; one of them has to have it too.
  if (count[first_cells] > 1) add(first_cells);
  for (auto entry = count.rbegin(); entry != count.rend(); ++entry) {
    if (entry->second > 1 && entry->second * 20 >= rows.size()) add(entry->first);
  }
  return widths;
}

TableRow table_row(const SampleRow& row) {
  TableRow made{{}, row.line};
  if (row.faulty) return made;
  for (std::size_t i = 0; i < row.cells.size(); ++i) {
    made.cells.push_back({row.cells[i], look_of(row.cells[i]), row.quoted[i]});
  }
  return made;
}

std::vector<TableRow> table_rows(const std::vector<SampleRow>& rows, std::size_t base,
                                 std::size_t width) {
  const std::size_t most = std::clamp(start_cells_max / width, start_rows_least, start_rows_max);
  std::vector<TableRow> table;
  for (std::size_t k = base; k < rows.size() && table.size() < most; ++k) {
    table.push_back(table_row(rows[k]));
  }
  return table;
}

/// As many names as the table is wide.
Result<void> fit_names(std::vector<std::string>& names, std::uint64_t line, std::size_t width) {
  if (names.size() > width) {
    return fail(Errc::unprocessable, Code::csv_header_mismatch,
                "The header in line " + std::to_string(line) + " has " +
                    std::to_string(names.size()) + " cells, most rows have " +
                    std::to_string(width) + ".",
                "Say where the header is (header_line), the delimiter, or that the last cells of "
                "all rows are missing (pad_short_rows).");
  }
  names.resize(width);
  return {};
}

/// What stands around the names, and is no row of the table.
Reject beside_table(const SampleRow& row, std::string_view text, bool above) {
  std::string raw =
      row.faulty ? row.cells[0] : std::string(text.substr(row.begin, row.end - row.begin));
  while (!raw.empty() && (raw.back() == '\n' || raw.back() == '\r')) raw.pop_back();
  if (above) return {row.line, "above_header", "The row stands above the table.", std::move(raw)};
  return {row.line, "below_header", "The row tells of the columns.", std::move(raw)};
}

/// The line below a header, as SQL shells draw it: `---,----`.
bool is_rule(const SampleRow& row) {
  std::size_t filled = 0;
  for (std::size_t i = 0; i < row.cells.size() && !row.faulty; ++i) {
    const std::string_view cell = trimmed_blanks(row.cells[i]);
    if (cell.empty()) continue;
    if (cell.size() < 2 || cell.find_first_not_of("-=:") != std::string_view::npos) return false;
    if (row.quoted[i]) return false;
    ++filled;
  }
  return filled > 1;
}

/// The fewest cells of rows whose last ones were left out because they are empty; 0 where rows that
/// are too short are faulty. Either such cells are empty in rows of full width too, or most rows
/// are so; and what is there has the look of its column.
std::size_t least_cells(const std::vector<SampleRow>& rows, std::size_t first,
                        const std::vector<CellLook>& typed, bool& short_rows_tell) {
  const std::size_t width = typed.size();
  std::size_t full = 0;
  std::size_t short_rows = 0;
  std::size_t ends_empty = 0;
  std::size_t least = width - 1;
  bool all_fit = true;
  bool some_wider = false;
  for (std::size_t i = first; i < rows.size(); ++i) {
    const std::size_t cells = rows[i].faulty ? 0 : rows[i].cells.size();
    if (cells == width) {
      ++full;
      ends_empty += rows[i].null.back() ? 1 : 0;
    }
    some_wider = some_wider || cells > width;
    if (cells == 0 || cells >= width || (cells == 1 && width > 2)) continue;
    if (typed_cells(table_row(rows[i]), typed).text > 0) {
      all_fit = false;
      continue;
    }
    ++short_rows;
    least = std::min(least, cells);
  }
  short_rows_tell = all_fit && short_rows * 4 >= full;
  if (full == 0) return 0;
  // Spreadsheets leave them out in blocks of rows, which may come late.
  if (short_rows == 0) return ends_empty * 4 >= full ? least : 0;
  const bool most = short_rows >= full && short_rows > 1 && !some_wider;
  return ends_empty > 0 || most ? least : 0;
}

/// A header of more cells than any row below it: where last cells that are empty are left out, and
/// all of them are.
bool is_wider_than_all(const std::vector<SampleRow>& rows, std::size_t header) {
  const std::size_t names = rows[header].cells.size();
  if (header + 1 >= rows.size() || names > columns_max) return false;
  return std::all_of(rows.begin() + static_cast<std::ptrdiff_t>(header) + 1, rows.end(),
                     [&](const SampleRow& row) { return row.cells.size() < names; });
}

/// What was found of the header, for the user.
void add_header_notes(const std::vector<TableRow>& rows, const StartDecision& decision,
                      const IngestOptions& options, CsvLayout& layout) {
  const TableStart& start = decision.best;
  layout.notes.push_back(start_line(start, rows, "line"));
  if (start.notes > 0) layout.notes.push_back(column_notes_line(start, rows, "line"));
  const std::size_t named = rows[start.first].cells.size();
  if (start.names == 1 && named < start.width) {
    layout.notes.push_back("The header has " + std::to_string(start.width - named) +
                           (start.width - named == 1 ? " cell" : " cells") +
                           " less than the rows: columns without a name.");
  }
  if (!say_where_it_starts(options) && decision.is_guess())
    layout.notes.push_back(start_note(decision, rows, "line"));
}

/// `base`: rows before it are above the table, whatever they are.
Result<CsvLayout> place_table(std::string_view text, const std::vector<SampleRow>& rows,
                              std::size_t base, const StartQuestion& question,
                              const IngestOptions& options, CsvLayout layout) {
  const std::vector<TableRow> table = table_rows(rows, base, question.widths.front());
  const StartDecision decision = find_table_start(table, question);
  const TableStart& start = decision.best;
  const SampleRow& first = rows[base + start.first];
  layout.width = start.width;
  layout.has_header = start.names > 0;
  if (layout.has_header) {
    std::vector<std::string> names =
        start.names == 1 && start.shift == 0 ? first.cells : joined_names(table, start);
    while (names.size() > layout.width && names.back().empty()) names.pop_back();
    // Without the option it is refused: a comma within a name makes such a header too.
    if (names.size() > layout.width && options.pad_short_rows.value_or(false) &&
        is_wider_than_all(rows, base + start.first)) {
      layout.least_cells = 1;
      layout.width = names.size();
    }
    TRY(fit_names(names, first.line, layout.width));
    layout.headers = std::move(names);
  } else {
    layout.headers = numbered_names(layout.width);
  }
  for (std::size_t i = 0; i < base + start.first; ++i) {
    layout.above_header.push_back(beside_table(rows[i], text, true));
  }
  for (std::size_t i = start.first + start.names; i < start.body(); ++i) {
    layout.above_header.push_back(beside_table(rows[base + i], text, false));
  }
  layout.above_header_counts = is_place_unproven(decision, start, table.size(), options);
  if (start.names > 0 && layout.width > 1) {
    const std::size_t body = start.body();
    layout.least_cells =
        least_cells(rows, base + body, typed_looks(look_at_columns(table, body, start.width)),
                    layout.short_rows_tell);
  }
  if (options.pad_short_rows) layout.least_cells = *options.pad_short_rows ? 1 : 0;
  layout.short_rows_tell = layout.short_rows_tell || options.pad_short_rows.has_value();
  layout.data_offset = first.begin;
  if (layout.has_header) {
    std::size_t last = base + start.body() - 1;
    if (last + 1 < rows.size() && is_rule(rows[last + 1])) {
      layout.notes.emplace_back("The rule below the header is no row.");
      ++last;
    }
    layout.data_offset = rows[last].end;
  }
  const auto data = text.begin() + static_cast<std::ptrdiff_t>(layout.data_offset);
  layout.data_line =
      1 + static_cast<std::uint64_t>(std::count(text.begin(), data, layout.grammar.line_end));
  add_header_notes(table, decision, options, layout);
  layout.decision.push_back(start_choice(decision, start, table, "line", options));
  return layout;
}

/// How many rows of a long preamble need not be looked at. One line of it may be as wide as the
/// table by chance, so that several rows have to be; what stands just above them may be names.
std::size_t rows_before(const std::vector<SampleRow>& rows, std::size_t width) {
  constexpr std::size_t near_rows = 5;
  constexpr std::size_t wide_rows_least = 4;
  const auto is_wide = [width](const SampleRow& row) {
    return !row.faulty && row.cells.size() == width;
  };
  std::size_t first = rows.size();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!is_wide(rows[i])) continue;
    const auto next = rows.begin() + static_cast<std::ptrdiff_t>(i);
    const auto end = std::min(rows.end(), next + near_rows);
    if (std::count_if(next, end, is_wide) < std::min<std::ptrdiff_t>(wide_rows_least, end - next))
      continue;
    first = i;
    break;
  }
  return first > start_rows_max / 4 && first < rows.size() ? first - near_rows : 0;
}

}  // namespace

Result<CsvLayout> find_layout(std::string_view text, bool whole, const IngestOptions& options) {
  CsvLayout layout;
  // Of a file that is longer the sample has no last rows.
  if (whole) text = without_last_lines(text, static_cast<std::size_t>(options.skip_footer));
  CsvDialect dialect = find_dialect(text, whole, options);
  const std::vector<SampleRow>& rows = dialect.rows;
  layout.grammar = dialect.grammar;
  layout.notes = std::move(dialect.notes);
  layout.decision = std::move(dialect.decision);
  if (std::all_of(rows.begin(), rows.end(), [](const SampleRow& row) { return row.faulty; })) {
    return fail(no_row(text, whole, rows, layout.grammar));
  }
  StartQuestion question = start_question(options);
  question.widths = widths_of(rows, modal_of(rows));
  std::size_t base = rows_before(rows, question.widths.front());
  if (options.header_line > 0) {
    TRY_ASSIGN(base, row_of_line(rows, options.header_line));
    question.first = 0;
    question.has_names = true;
    question.widths = {std::max(question.widths.front(), rows[base].cells.size())};
  }
  if (question.widths.front() > columns_max) return fail(too_many_columns(rows[base].line));
  return place_table(text, rows, base, question, options, std::move(layout));
}

}  // namespace sluice::ingest
