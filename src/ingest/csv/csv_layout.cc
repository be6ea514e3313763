#include "ingest/csv/csv_layout.h"

#include <algorithm>
#include <optional>

#include "ingest/csv/csv_dialect.h"
#include "ingest/error_codes.h"
#include "ingest/source_limits.h"

namespace sluice::ingest {
namespace {

std::size_t filled_cells(const SampleRow& row) {
  return static_cast<std::size_t>(std::count_if(
      row.cells.begin(), row.cells.end(), [](const std::string& cell) { return !cell.empty(); }));
}

/// Above the table there may be titles and notes: rows of another width, or, out of a spreadsheet,
/// rows of the same width with one filled cell. Gives the index of the first row of the table.
std::size_t first_table_row(const std::vector<SampleRow>& rows, std::size_t width) {
  constexpr std::size_t title_rows_max = 20;
  if (!rows[0].faulty && rows[0].cells.size() > width) return 0;
  std::size_t first = 0;
  while (first < rows.size() && (rows[first].faulty || rows[first].cells.size() != width)) ++first;
  if (first == rows.size() || width < 3) return first == rows.size() ? 0 : first;
  for (std::size_t i = first; i < std::min(rows.size(), first + title_rows_max); ++i) {
    if (rows[i].faulty || rows[i].cells.size() != width) continue;
    const std::size_t filled = filled_cells(rows[i]);
    if (filled == width) return i;
    // A title stands in the first column; anything else is a header with gaps.
    if (filled > 1 || (filled == 1 && rows[i].cells[0].empty())) return first;
  }
  return first;
}

std::string_view name_of_delimiter(char delimiter) {
  switch (delimiter) {
    case '\t':
      return "tab";
    case ' ':
      return "space";
    case '\x01':
      return "0x01";
    default:
      return {};
  }
}

Error too_many_columns(std::uint64_t line) {
  return Error{Errc::too_large, Code::too_many_columns,
               "Line " + std::to_string(line) + " has more than " + std::to_string(columns_max) +
                   " cells (columns_max).",
               "Split the table, or turn columns into rows."};
}

bool is_enclosed(std::string_view cell, char quote) {
  return cell.size() > 1 && cell.front() == quote && cell.back() == quote;
}

/// Where quotes are plain text (5" pipe, a writer that never quotes), most rows seem faulty;
/// without a quote all have one width. Gives that reading's rows and sets `grammar`; else nothing.
std::optional<std::vector<SampleRow>> rows_without_quotes(std::string_view text, bool whole,
                                                          const IngestOptions& options,
                                                          const std::vector<SampleRow>& quoted,
                                                          CsvGrammar& grammar) {
  const auto faulty =
      std::count_if(quoted.begin(), quoted.end(), [](const SampleRow& row) { return row.faulty; });
  if (static_cast<std::size_t>(faulty) * 2 <= quoted.size()) return std::nullopt;
  CsvGrammar plain = grammar;
  plain.quote = 0;
  plain.line_end = find_line_end(text, plain.quote);
  if (!options.delimiter) plain.delimiter = find_delimiter(text, plain, whole);
  std::vector<SampleRow> rows = sample_rows(text, plain, dialect_rows_max, whole);
  const std::size_t width = rows.empty() ? 0 : rows[0].cells.size();
  for (const SampleRow& row : rows) {
    if (width < 2 || row.faulty || row.cells.size() != width) return std::nullopt;
    for (const std::string& cell : row.cells) {
      if (is_enclosed(cell, grammar.quote)) return std::nullopt;
    }
  }
  if (rows.empty()) return std::nullopt;
  grammar = plain;
  return rows;
}

/// Headers of a row that has one cell less than the table: write.table of R leaves out the name of
/// its row names; other programs end each row with a delimiter.
std::vector<std::string> widened(const SampleRow& header, const std::vector<SampleRow>& below) {
  const auto ends_empty = [&](const SampleRow& row) {
    return row.faulty || row.cells.size() <= header.cells.size() || row.cells.back().empty();
  };
  std::vector<std::string> names = header.cells;
  const bool at_end = std::all_of(below.begin(), below.end(), ends_empty);
  names.insert(at_end ? names.end() : names.begin(), "");
  return names;
}

/// The rows of the sample, and with them the grammar.
std::vector<SampleRow> rows_of_sample(std::string_view text, bool whole,
                                      const IngestOptions& options, CsvLayout& layout) {
  CsvGrammar& grammar = layout.grammar;
  grammar.quote = options.quote.value_or('"');
  grammar.line_end = find_line_end(text, grammar.quote);
  grammar.delimiter = options.delimiter ? *options.delimiter : find_delimiter(text, grammar, whole);
  std::vector<SampleRow> rows = sample_rows(text, grammar, dialect_rows_max, whole);
  if (options.quote) return rows;
  if (auto plain = rows_without_quotes(text, whole, options, rows, grammar)) {
    rows = std::move(*plain);
    layout.notes.push_back("Quotes are plain text: no cell is enclosed in them.");
  }
  return rows;
}

Error no_row(std::string_view text, bool whole, const std::vector<SampleRow>& rows,
             char delimiter) {
  if (!whole) {
    if (static_cast<std::size_t>(std::count(text.begin(), text.end(), delimiter)) > columns_max) {
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

/// The index of the table's first row. Widens the layout to the row that the user points to.
Result<std::size_t> find_first_row(const std::vector<SampleRow>& rows, const IngestOptions& options,
                                   CsvLayout& layout) {
  std::size_t first = 0;
  if (options.header_line > 0) {
    const auto line = static_cast<std::uint64_t>(options.header_line);
    while (first < rows.size() && rows[first].line < line) ++first;
    if (first == rows.size() || rows[first].faulty) {
      return fail(Errc::unprocessable, Code::csv_header_line,
                  "There is no row that begins in line " + std::to_string(options.header_line) +
                      " (header_line).",
                  "Lines count from 1.");
    }
    layout.width = std::max(layout.width, rows[first].cells.size());
    return first;
  }
  if (options.header != HeaderOption::absent) return first_table_row(rows, layout.width);
  while (rows[first].faulty) ++first;
  return first;
}

/// Whether the first row is a header of one cell less than the rows below it.
bool is_narrow_header(const std::vector<SampleRow>& rows, std::size_t first, std::size_t width,
                      const IngestOptions& options) {
  return first == 1 && options.header != HeaderOption::absent && options.header_line == 0 &&
         !rows[0].faulty && rows[0].cells.size() + 1 == width && rows[0].cells.size() > 1;
}

bool has_header(std::vector<SampleRow> table, const IngestOptions& options) {
  if (options.header_line > 0 || options.header == HeaderOption::present) return true;
  if (options.header == HeaderOption::absent) return false;
  std::erase_if(table, [](const SampleRow& row) { return row.faulty; });
  return first_row_is_header(table);
}

/// As many names as the table is wide.
Result<void> fit_names(std::vector<std::string>& names, std::uint64_t line, std::size_t width) {
  while (names.size() > width && names.back().empty()) names.pop_back();
  if (names.size() > width) {
    return fail(Errc::unprocessable, Code::csv_header_mismatch,
                "The header in line " + std::to_string(line) + " has " +
                    std::to_string(names.size()) + " cells, most rows have " +
                    std::to_string(width) + ".",
                "Say where the header is (header_line), or the delimiter.");
  }
  names.resize(width);
  return {};
}

Reject above_header(const SampleRow& row, std::string_view text) {
  std::string raw =
      row.faulty ? row.cells[0] : std::string(text.substr(row.begin, row.end - row.begin));
  while (!raw.empty() && (raw.back() == '\n' || raw.back() == '\r')) raw.pop_back();
  return {row.line, "above_header", "The row stands above the table.", std::move(raw)};
}

/// Where the data begins, and what was found, for the user.
void place_data(std::string_view text, const SampleRow& start, CsvLayout& layout) {
  layout.data_offset = layout.has_header ? start.end : start.begin;
  const auto data = text.begin() + static_cast<std::ptrdiff_t>(layout.data_offset);
  layout.data_line =
      1 + static_cast<std::uint64_t>(std::count(text.begin(), data, layout.grammar.line_end));
  const char delimiter = layout.grammar.delimiter;
  const std::string_view named = name_of_delimiter(delimiter);
  layout.notes.push_back("The delimiter is " +
                         (named.empty() ? std::string(1, delimiter) : std::string(named)) + ".");
  layout.notes.push_back(layout.has_header
                             ? "The header is in line " + std::to_string(start.line) + "."
                             : "There is no header: the first row is data.");
}

}  // namespace

Result<CsvLayout> find_layout(std::string_view text, bool whole, const IngestOptions& options) {
  CsvLayout layout;
  const std::vector<SampleRow> rows = rows_of_sample(text, whole, options, layout);
  if (std::all_of(rows.begin(), rows.end(), [](const SampleRow& row) { return row.faulty; })) {
    return fail(no_row(text, whole, rows, layout.grammar.delimiter));
  }
  const Modal modal = modal_of(rows);
  layout.width = modal.rows == 0 ? 1 : modal.cells;
  TRY_ASSIGN(std::size_t first, find_first_row(rows, options, layout));
  std::vector<SampleRow> table(rows.begin() + static_cast<std::ptrdiff_t>(first), rows.end());
  std::vector<std::string> names = table[0].cells;
  if (is_narrow_header(rows, first, layout.width, options)) {
    names = widened(rows[0], table);
    table.insert(table.begin(), rows[0]);
    first = 0;
    layout.notes.push_back("The header has one cell less than the rows: a column without a name.");
    layout.has_header = true;
  } else {
    layout.has_header = has_header(table, options);
  }
  if (layout.width > columns_max) return fail(too_many_columns(table[0].line));
  if (layout.has_header) TRY(fit_names(names, table[0].line, layout.width));
  for (std::size_t i = 0; i < first; ++i) {
    layout.above_header.push_back(above_header(rows[i], text));
  }
  for (std::size_t i = 0; i < layout.width; ++i) {
    layout.headers.push_back(layout.has_header ? names[i] : "column_" + std::to_string(i + 1));
  }
  place_data(text, table[0], layout);
  return layout;
}

}  // namespace sluice::ingest
