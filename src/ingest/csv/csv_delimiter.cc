#include "ingest/csv/csv_delimiter.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/ascii.h"
#include "ingest/structure/cell_look.h"

namespace sluice::ingest {
namespace {

/// What delimiters are made longer with. Quotes and brackets enclose cells; signs, points and units
/// belong to numbers.
constexpr std::string_view marks = "~^|#@*;:!&\t";
constexpr std::size_t delimiter_bytes_max = 8;

bool is_mark_or_empty(std::string_view cell) {
  return cell.size() <= 2 && cell.find_first_not_of(marks) == std::string_view::npos;
}

/// Rows of the number of cells that most have: in the others a cell holds a part of the delimiter.
using Rows = std::vector<const SampleRow*>;

/// The same texts stand in all cells but each `period`-th: they are part of the delimiter.
std::optional<std::vector<std::string>> texts_between(const Rows& rows, std::size_t period) {
  const std::vector<std::string>& first = rows.front()->cells;
  if (first.size() <= period || first.size() % period != 1) return {};
  for (const SampleRow* row : rows) {
    for (std::size_t i = 0; i < row->cells.size(); ++i) {
      if (i % period == 0) continue;
      if (row->quoted[i] || row->cells[i] != first[i % period]) return {};
    }
  }
  const std::vector<std::string> texts(first.begin() + 1,
                                       first.begin() + static_cast<std::ptrdiff_t>(period));
  if (!std::ranges::all_of(texts, is_mark_or_empty)) return {};
  return texts;
}

/// The names of a table: none is empty, and none is a value.
bool are_names(const std::vector<std::string>& cells, std::size_t period) {
  for (std::size_t i = 0; i < cells.size(); i += period) {
    if (look_of(cells[i]) != CellLook::text) return false;
  }
  return true;
}

bool are_filled(const std::vector<std::string>& cells, std::size_t period) {
  for (std::size_t i = 0; i < cells.size(); i += period) {
    if (cells[i].empty()) return false;
  }
  return true;
}

std::optional<LongDelimiter> with_texts_between(const Rows& rows, const std::string& delimiter) {
  const std::vector<std::string>& first = rows.front()->cells;
  for (const std::size_t period : {std::size_t{2}, std::size_t{3}}) {
    const auto texts = texts_between(rows, period);
    if (!texts || !are_filled(first, period)) continue;
    std::string whole = delimiter;
    for (const std::string& text : *texts) whole += text + delimiter;
    if (whole.size() > delimiter_bytes_max) continue;
    const bool is_doubled = whole == delimiter + delimiter;
    if (!is_doubled || first.size() > 3) return LongDelimiter{whole, false};
    // One empty cell a row may be an empty column, but hardly one that has no name either.
    const bool is_usual = delimiter == "|" || delimiter == "^" || delimiter == "~";
    if (is_usual && are_names(first, period)) return LongDelimiter{whole, true};
  }
  return {};
}

/// The mark on both sides of each delimiter; 0 where there is none, or it encloses the cells.
std::pair<char, char> marks_around(const Rows& rows) {
  const std::string& first = rows.front()->cells.front();
  if (first.empty()) return {};
  const char left = first.back();
  const char right = left == '<' ? '>' : left;
  if (left != '<' && marks.find(left) == std::string_view::npos) return {};
  std::size_t enclosed = 0;
  for (const SampleRow* row : rows) {
    const std::string_view last = row->cells.back();
    enclosed += row->cells.front().starts_with(right) && last.ends_with(left) ? 1 : 0;
  }
  // One row may have lost such a mark, or have one by chance.
  if (enclosed * 2 >= rows.size()) return {};
  for (const SampleRow* row : rows) {
    for (std::size_t i = 0; i < row->cells.size(); ++i) {
      const std::string_view cell = row->cells[i];
      const bool is_last = i + 1 == row->cells.size();
      if (row->quoted[i] || (!is_last && !cell.ends_with(left))) return {};
      if (i > 0 && !cell.starts_with(right)) return {};
      // One byte cannot be both.
      if (i > 0 && !is_last && cell.size() < 2) return {};
    }
  }
  return {left, right};
}

std::optional<LongDelimiter> found_in(const Rows& rows, const std::string& delimiter) {
  if (auto found = with_texts_between(rows, delimiter)) return found;
  const auto [left, right] = marks_around(rows);
  if (left == 0) return {};
  return LongDelimiter{left + delimiter + right, false};
}

/// As all rows but one show it. Marks alone: one row with text in a column that is else empty says
/// that there is such a column.
std::optional<LongDelimiter> found_without_one(const Rows& rows, const std::string& delimiter) {
  constexpr std::size_t rows_of_chance = 20;
  if (rows.size() < 3 || rows.size() > rows_of_chance) return {};
  for (std::size_t left_out = 0; left_out < rows.size(); ++left_out) {
    Rows others = rows;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(left_out));
    std::optional<LongDelimiter> found = found_in(others, delimiter);
    if (!found || found->text == delimiter + delimiter) continue;
    found->but_one_row = true;
    return found;
  }
  return {};
}

}  // namespace

std::optional<LongDelimiter> find_long_delimiter(const std::vector<SampleRow>& rows,
                                                 const std::string& delimiter) {
  const std::size_t width = modal_of(rows).cells;
  Rows usual;
  for (const SampleRow& row : rows) {
    if (!row.faulty && row.cells.size() == width) usual.push_back(&row);
  }
  if (width < 2 || usual.size() < 2 || usual.front() != &rows.front()) return {};
  if (auto found = found_in(usual, delimiter)) return found;
  return found_without_one(usual, delimiter);
}

std::string name_of_delimiter(const std::string& delimiter) {
  if (delimiter == " ") return "space";
  std::string name;
  for (const char c : delimiter) {
    if (c == '\t') {
      name += delimiter.size() == 1 ? "tab" : "\\t";
    } else if (c == '\x01') {
      name += "0x01";
    } else {
      name += c;
    }
  }
  return name;
}

}  // namespace sluice::ingest
