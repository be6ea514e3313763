#include "ingest/csv_dialect.h"

#include <algorithm>
#include <map>

#include "ingest/limits.h"
#include "ingest/type_guess.h"

namespace sluice::ingest {
namespace {

/// Builds rows from cells; a blank line is an empty row here.
class Splitter {
 public:
  Splitter(std::string_view text, char delimiter) : text_(text), delimiter_(delimiter) {}

  /// False at the end of text. `complete` says whether a line end closed the row.
  bool next_row(CsvRow& row, bool& complete) {
    row.clear();
    complete = false;
    if (at_ == text_.size()) return false;
    for (;;) {
      read_cell(row);
      // Refused later, by csv_scan.h; one more than allowed is enough to remember.
      if (row.size() > columns_max + 1) row.pop_back();
      if (at_ == text_.size()) return true;
      const char c = text_[at_++];
      if (c == delimiter_) continue;
      if (c == '\r' && at_ < text_.size() && text_[at_] == '\n') ++at_;
      complete = true;
      return true;
    }
  }

 private:
  /// Leaves `at_` on the delimiter or line end after the cell.
  void read_cell(CsvRow& row) {
    CsvCell& cell = row.emplace_back();
    if (at_ < text_.size() && text_[at_] == '"') {
      cell.quoted = true;
      ++at_;
      while (at_ < text_.size()) {
        const char c = text_[at_++];
        if (c != '"') {
          cell.text += c;
        } else if (at_ < text_.size() && text_[at_] == '"') {
          cell.text += '"';
          ++at_;
        } else {
          break;
        }
      }
    }
    const std::size_t start = at_;
    while (at_ < text_.size() && text_[at_] != delimiter_ && text_[at_] != '\n' &&
           text_[at_] != '\r') {
      ++at_;
    }
    cell.text.append(text_.substr(start, at_ - start));
  }

  std::string_view text_;
  char delimiter_;
  std::size_t at_ = 0;
};

bool is_blank(const CsvRow& row) { return row.size() == 1 && row[0].is_null(); }

/// 2019, 2020, 2021 as headers of measures: at least two, each one more than the last.
bool is_run_of_years(const std::vector<std::string>& cells) {
  if (cells.size() < 2) return false;
  int last = 0;
  for (const std::string& cell : cells) {
    if (cell.size() != 4 || cell.find_first_not_of("0123456789") != std::string::npos) return false;
    const int year = std::stoi(cell);
    if (year < 1800 || year > 2200 || (last != 0 && year != last + 1)) return false;
    last = year;
  }
  return true;
}

bool same_row(const CsvRow& a, const CsvRow& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const CsvCell& x, const CsvCell& y) { return x.text == y.text; });
}

/// What lies below one cell of the first row.
struct Below {
  bool any = false;
  bool all_typed = true;
  bool same_again = false;
};

Below look_below(const std::vector<CsvRow>& rows, std::size_t column) {
  Below below;
  for (std::size_t r = 1; r < rows.size(); ++r) {
    if (column >= rows[r].size() || rows[r][column].text.empty()) continue;
    const std::string& text = rows[r][column].text;
    below.any = true;
    below.all_typed = below.all_typed && looks_typed(text);
    below.same_again = below.same_again || text == rows[0][column].text;
  }
  return below;
}

}  // namespace

std::vector<CsvRow> split_csv(std::string_view text, char delimiter, std::size_t rows_max,
                              bool whole) {
  std::vector<CsvRow> rows;
  Splitter splitter(text, delimiter);
  CsvRow row;
  bool complete = false;
  std::size_t cells = 0;
  while (rows.size() < rows_max && cells < sample_cells_max && splitter.next_row(row, complete)) {
    if (!complete && !whole) break;
    if (is_blank(row) && (rows.empty() || rows[0].size() > 1)) continue;
    cells += row.size();
    rows.push_back(std::move(row));
  }
  return rows;
}

char find_delimiter(std::string_view text, bool whole) {
  char best = ',';
  double best_share = 0;
  std::size_t best_cells = 1;
  for (const char candidate : {',', ';', '\t', '|'}) {
    const std::vector<CsvRow> rows = split_csv(text, candidate, dialect_rows_max, whole);
    std::map<std::size_t, std::size_t> rows_of;
    for (const CsvRow& row : rows) ++rows_of[row.size()];
    std::size_t cells = 1;
    std::size_t count = 0;
    for (const auto& [size, number] : rows_of) {
      if (size > 1 && number >= count) {
        cells = size;
        count = number;
      }
    }
    if (count == 0) continue;
    const double share = static_cast<double>(count) / static_cast<double>(rows.size());
    if (share > best_share || (share == best_share && cells > best_cells)) {
      best = candidate;
      best_share = share;
      best_cells = cells;
    }
  }
  return best;
}

bool first_row_is_header(const std::vector<CsvRow>& rows) {
  if (rows.empty()) return true;
  const CsvRow& first = rows[0];
  std::vector<std::string> above_typed;
  std::size_t typed_in_first = 0;
  std::size_t filled = 0;
  std::size_t again = 0;
  for (std::size_t column = 0; column < first.size(); ++column) {
    const std::string& text = first[column].text;
    if (text.empty()) continue;
    ++filled;
    const Below below = look_below(rows, column);
    again += below.same_again ? 1 : 0;
    const bool typed = looks_typed(text);
    // A lone row has nothing below: its own cells decide.
    if (rows.size() == 1 ? true : below.any && below.all_typed) {
      above_typed.push_back(text);
      typed_in_first += typed ? 1 : 0;
    }
  }
  if (!above_typed.empty() && typed_in_first == above_typed.size()) {
    return is_run_of_years(above_typed);
  }
  if (filled == 0 || again * 2 < filled) return true;
  return std::any_of(rows.begin() + 1, rows.end(),
                     [&first](const CsvRow& row) { return same_row(first, row); });
}

}  // namespace sluice::ingest
