#include "ingest/csv/csv_dialect.h"

#include <algorithm>
#include <map>
#include <optional>

#include "ingest/cells/type_guess.h"
#include "ingest/csv/csv_rows.h"
#include "ingest/source_limits.h"

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

}  // namespace

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

}  // namespace sluice::ingest
