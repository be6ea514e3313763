#include "ingest/csv/csv_dialect.h"

#include <algorithm>
#include <map>
#include <optional>

#include "ingest/cells/type_guess.h"
#include "ingest/csv/csv_rows.h"
#include "ingest/limits.h"

namespace sluice::ingest {
namespace {

class SampleSink final : public CsvRowSink {
 public:
  SampleSink(std::string_view text, std::size_t rows_max) : text_(text), rows_max_(rows_max) {}

  bool row(const std::vector<CsvCell>& cells, std::uint64_t line, std::string_view raw) override {
    SampleRow& row = add(line, raw);
    for (const CsvCell& cell : cells) {
      row.cells.emplace_back(cell.text);
      row.null.push_back(cell.is_null());
    }
    cells_ += cells.size();
    return rows.size() < rows_max_ && cells_ < sample_cells_max;
  }

  bool reject(Reject reject) override {
    // Found again by its line: it begins where the row before it ended, blank lines aside.
    SampleRow& row = rows.emplace_back();
    row.line = reject.line;
    row.faulty = true;
    row.cells = {std::move(reject.raw)};
    return rows.size() < rows_max_;
  }

  std::vector<SampleRow> rows;

 private:
  SampleRow& add(std::uint64_t line, std::string_view raw) {
    SampleRow& row = rows.emplace_back();
    row.line = line;
    row.begin = static_cast<std::size_t>(raw.data() - text_.data());
    row.end = row.begin + raw.size();
    if (row.end < text_.size() && text_[row.end] == '\r') ++row.end;
    if (row.end < text_.size() && text_[row.end] == '\n') ++row.end;
    return row;
  }

  std::string_view text_;
  std::size_t rows_max_;
  std::size_t cells_ = 0;
};

/// The number of cells, above one, that most rows have; `rows` says how many do.
struct Modal {
  std::size_t cells = 1;
  std::size_t rows = 0;
};

Modal modal_of(const std::vector<SampleRow>& rows) {
  std::map<std::size_t, std::size_t> rows_of;
  for (const SampleRow& row : rows) {
    if (!row.faulty) ++rows_of[row.cells.size()];
  }
  Modal modal;
  for (const auto& [cells, count] : rows_of) {
    if (cells > 1 && count >= modal.rows) modal = {cells, count};
  }
  // On a tie the first row, which is a header more often than not, says how wide the table is.
  const auto first =
      std::find_if(rows.begin(), rows.end(), [](const SampleRow& row) { return !row.faulty; });
  if (first != rows.end() && first->cells.size() > 1 &&
      rows_of[first->cells.size()] == modal.rows) {
    modal.cells = first->cells.size();
  }
  return modal;
}

/// 2019, 2020, 2021 as headers of measures: at least two, each one more than the last.
bool is_run_of_years(const std::vector<std::string>& cells) {
  if (cells.size() < 2) return false;
  int last = 0;
  for (const std::string& cell : cells) {
    if (cell.size() != 4 || cell.find_first_not_of("0123456789") != std::string::npos) return false;
    const int year = std::stoi(cell);
    if (year < 1500 || year > 2200 || (last != 0 && year != last + 1)) return false;
    last = year;
  }
  return true;
}

struct Below {
  bool any = false;
  bool all_typed = true;
  bool same_again = false;
};

Below look_below(const std::vector<SampleRow>& rows, std::size_t column) {
  Below below;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    if (column >= rows[i].cells.size() || rows[i].cells[column].empty()) continue;
    const std::string& text = rows[i].cells[column];
    below.any = true;
    below.all_typed = below.all_typed && looks_typed(text);
    below.same_again = below.same_again || text == rows[0].cells[column];
  }
  return below;
}

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
  return Error{Errc::too_large, "too_many_columns",
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

}  // namespace

std::vector<SampleRow> sample_rows(std::string_view text, CsvGrammar grammar, std::size_t rows_max,
                                   bool whole) {
  SampleSink sink(text, rows_max);
  CsvRowReader reader(grammar, 0);
  // A cell beyond its limit is found again, and refused, when the file is read.
  (void)reader.read(text, 1, sink);
  if (!whole && !sink.rows.empty() && sink.rows.back().end == text.size()) sink.rows.pop_back();
  return std::move(sink.rows);
}

char find_line_end(std::string_view text, char quote) {
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == quote && quote != 0) quoted = !quoted;
    if (quoted) continue;
    if (text[i] == '\n') return '\n';
    if (text[i] == '\r') return i + 1 < text.size() && text[i + 1] == '\n' ? '\n' : '\r';
  }
  return '\n';
}

char find_delimiter(std::string_view text, CsvGrammar grammar, bool whole) {
  char best = ',';
  double best_share = 0;
  std::size_t best_cells = 1;
  for (const char candidate : {',', ';', '\t', '|'}) {
    grammar.delimiter = candidate;
    const std::vector<SampleRow> rows = sample_rows(text, grammar, dialect_rows_max, whole);
    const Modal modal = modal_of(rows);
    if (modal.rows == 0) continue;
    const double share = static_cast<double>(modal.rows) / static_cast<double>(rows.size());
    if (share > best_share || (share == best_share && modal.cells > best_cells)) {
      best = candidate;
      best_share = share;
      best_cells = modal.cells;
    }
  }
  return best;
}

bool first_row_is_header(const std::vector<SampleRow>& rows) {
  if (rows.empty()) return true;
  const SampleRow& first = rows[0];
  std::vector<std::string> above_typed;
  std::size_t typed_in_first = 0;
  std::size_t filled = 0;
  std::size_t again = 0;
  for (std::size_t column = 0; column < first.cells.size(); ++column) {
    const std::string& text = first.cells[column];
    if (text.empty()) continue;
    ++filled;
    const Below below = look_below(rows, column);
    again += below.same_again ? 1 : 0;
    // A lone row has nothing below: its own cells decide.
    if (rows.size() == 1 ? true : below.any && below.all_typed) {
      above_typed.push_back(text);
      typed_in_first += looks_typed(text) ? 1 : 0;
    }
  }
  if (!above_typed.empty() && typed_in_first == above_typed.size()) {
    return is_run_of_years(above_typed);
  }
  if (filled == 0 || again * 2 < filled) return true;
  return std::any_of(rows.begin() + 1, rows.end(),
                     [&first](const SampleRow& row) { return row.cells == first.cells; });
}

Result<CsvLayout> find_layout(std::string_view text, bool whole, const IngestOptions& options) {
  CsvLayout layout;
  CsvGrammar& grammar = layout.grammar;
  grammar.quote = options.quote.value_or('"');
  grammar.line_end = find_line_end(text, grammar.quote);
  grammar.delimiter = options.delimiter ? *options.delimiter : find_delimiter(text, grammar, whole);
  std::vector<SampleRow> rows = sample_rows(text, grammar, dialect_rows_max, whole);
  if (!options.quote) {
    if (auto plain = rows_without_quotes(text, whole, options, rows, grammar)) {
      rows = std::move(*plain);
      layout.notes.push_back("Quotes are plain text: no cell is enclosed in them.");
    }
  }
  const bool any_row =
      std::any_of(rows.begin(), rows.end(), [](const SampleRow& row) { return !row.faulty; });
  if (!any_row) {
    if (!whole) {
      if (static_cast<std::size_t>(std::count(text.begin(), text.end(), grammar.delimiter)) >
          columns_max) {
        return fail(too_many_columns(1));
      }
      return fail(Errc::too_large, "csv_header_too_long",
                  "The first row is longer than " + std::to_string(sample_bytes_max) +
                      " bytes (sample_bytes_max).",
                  "A quote that is never closed does this too; look at the first line.");
    }
    return fail(Errc::unprocessable, "no_columns",
                rows.empty() ? "The file has no columns."
                             : "No row of the file can be read: the quotes in line " +
                                   std::to_string(rows[0].line) + " are wrong.",
                "Upload a file with a header; or say which character quotes its cells (quote).");
  }

  const Modal modal = modal_of(rows);
  layout.width = modal.rows == 0 ? 1 : modal.cells;
  std::size_t first = first_table_row(rows, layout.width);
  if (options.header_line > 0) {
    first = 0;
    while (first < rows.size() &&
           rows[first].line < static_cast<std::uint64_t>(options.header_line))
      ++first;
    if (first == rows.size() || rows[first].faulty) {
      return fail(Errc::unprocessable, "csv_header_line",
                  "There is no row that begins in line " + std::to_string(options.header_line) +
                      " (header_line).",
                  "Lines count from 1.");
    }
    layout.width = std::max(layout.width, rows[first].cells.size());
  } else if (options.header == HeaderOption::absent) {
    first = 0;
    while (rows[first].faulty) ++first;
  }
  // A header of other width than the rows below it.
  std::vector<SampleRow> table(rows.begin() + static_cast<std::ptrdiff_t>(first), rows.end());
  std::vector<std::string> names = table[0].cells;
  if (first > 0 && options.header != HeaderOption::absent && options.header_line == 0 &&
      !rows[0].faulty && first == 1 && rows[0].cells.size() + 1 == layout.width &&
      rows[0].cells.size() > 1) {
    names = widened(rows[0], table);
    table.insert(table.begin(), rows[0]);
    first = 0;
    layout.notes.push_back("The header has one cell less than the rows: a column without a name.");
    layout.has_header = true;
  } else if (options.header_line > 0 || options.header == HeaderOption::present) {
    layout.has_header = true;
  } else if (options.header == HeaderOption::absent) {
    layout.has_header = false;
  } else {
    std::vector<SampleRow> sound = table;
    std::erase_if(sound, [](const SampleRow& row) { return row.faulty; });
    layout.has_header = first_row_is_header(sound);
  }
  if (layout.width > columns_max) {
    return fail(too_many_columns(table[0].line));
  }
  if (layout.has_header && names.size() != layout.width) {
    while (names.size() > layout.width && names.back().empty()) names.pop_back();
    if (names.size() > layout.width) {
      return fail(Errc::unprocessable, "csv_header_mismatch",
                  "The header in line " + std::to_string(table[0].line) + " has " +
                      std::to_string(names.size()) + " cells, most rows have " +
                      std::to_string(layout.width) + ".",
                  "Say where the header is (header_line), or the delimiter.");
    }
    names.resize(layout.width);
  }
  for (std::size_t i = 0; i < first; ++i) {
    layout.above_header.push_back(
        {rows[i].line, "above_header", "The row stands above the table.",
         rows[i].faulty ? rows[i].cells[0]
                        : std::string(text.substr(rows[i].begin, rows[i].end - rows[i].begin))});
    std::string& raw = layout.above_header.back().raw;
    while (!raw.empty() && (raw.back() == '\n' || raw.back() == '\r')) raw.pop_back();
  }
  for (std::size_t i = 0; i < layout.width; ++i) {
    layout.headers.push_back(layout.has_header ? names[i] : "column_" + std::to_string(i + 1));
  }
  const SampleRow& start = table[0];
  layout.data_offset = layout.has_header ? start.end : start.begin;
  layout.data_line =
      1 + static_cast<std::uint64_t>(std::count(
              text.begin(), text.begin() + static_cast<std::ptrdiff_t>(layout.data_offset),
              grammar.line_end));
  const std::string_view named = name_of_delimiter(grammar.delimiter);
  layout.notes.push_back("The delimiter is " +
                         (named.empty() ? std::string(1, grammar.delimiter) : std::string(named)) +
                         ".");
  layout.notes.push_back(layout.has_header
                             ? "The header is in line " + std::to_string(start.line) + "."
                             : "There is no header: the first row is data.");
  return layout;
}

}  // namespace sluice::ingest
