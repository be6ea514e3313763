#include "ingest/csv/csv_fixed_columns.h"

#include <algorithm>
#include <utility>

#include "base/ascii.h"
#include "ingest/source_limits.h"
#include "ingest/structure/cell_look.h"

namespace sluice::ingest {
namespace {

/// Of fewer lines a space at the same place is chance.
constexpr std::size_t lines_least = 3;
constexpr std::size_t line_chars_max = 4000;
/// Titles above the table.
constexpr std::size_t titles_max = 5;

/// A line, one byte a character: a space, or something else.
using Mask = std::string;

/// False where the line is none of padded columns.
bool mask_of(std::string_view line, Mask& mask) {
  while (line.ends_with('\r') || line.ends_with(' ')) line.remove_suffix(1);
  mask.clear();
  for (const char c : line) {
    if (c == '\t' || mask.size() == line_chars_max) return false;
    if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) mask += c == ' ' ? ' ' : 'x';
  }
  return true;
}

/// The longest run of lines without a blank one; titles and sums often stand apart. All lines where
/// no run is long. Empty where some line is none of padded columns.
std::vector<Mask> masks_of(std::string_view text, bool whole, char line_end) {
  std::vector<Mask> all;
  std::pair<std::size_t, std::size_t> longest;
  std::size_t run_begin = 0;
  const auto end_run = [&] {
    if (all.size() - run_begin > longest.second - longest.first) longest = {run_begin, all.size()};
    run_begin = all.size();
  };
  while (!text.empty() && all.size() < dialect_rows_max) {
    const std::size_t end = text.find(line_end);
    if (end == std::string_view::npos && !whole) break;
    Mask mask;
    if (!mask_of(text.substr(0, end), mask)) return {};
    if (mask.empty()) {
      end_run();
    } else {
      all.push_back(std::move(mask));
    }
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  end_run();
  if (longest.second - longest.first < lines_least) return all;
  return {all.begin() + static_cast<std::ptrdiff_t>(longest.first),
          all.begin() + static_cast<std::ptrdiff_t>(longest.second)};
}

/// Lines from the `first` on, and what stands at each place of them.
class Places {
 public:
  Places(const std::vector<Mask>& lines, std::size_t first)
      : lines_(lines.begin() + static_cast<std::ptrdiff_t>(first), lines.end()),
        odd_lines_(lines_.size() / 10) {
    for (const Mask& line : lines_) {
      filled_.resize(std::max(filled_.size(), line.size()), 0);
      for (std::size_t i = 0; i < line.size(); ++i) filled_[i] += line[i] == ' ' ? 0 : 1;
    }
  }

  /// As find_fixed_columns gives them.
  std::vector<std::size_t> starts() const {
    std::vector<std::size_t> starts = {0};
    std::size_t i = 0;
    while (i < filled_.size() && is_open(i)) ++i;
    while (i < filled_.size()) {
      const std::size_t begin = i;
      while (i < filled_.size() && is_open(i)) ++i;
      if (i == filled_.size()) break;
      if (i == begin) {
        ++i;
        continue;
      }
      const std::size_t start = boundary(begin, i) + 1;
      if (is_padded(start - 1)) starts.push_back(start);
    }
    remove_unnamed(starts);
    return starts.size() > 1 && spaces_are_padding(starts) ? starts : std::vector<std::size_t>();
  }

 private:
  bool is_open(std::size_t place) const { return filled_[place] <= odd_lines_; }

  /// Of the places between two columns the one that stays free for longest: before texts that all
  /// begin behind it, behind numbers that all end before it, else in the middle.
  std::size_t boundary(std::size_t begin, std::size_t end) const {
    const auto from = filled_.begin() + static_cast<std::ptrdiff_t>(begin);
    const std::size_t least =
        *std::min_element(from, filled_.begin() + static_cast<std::ptrdiff_t>(end));
    std::vector<std::size_t> free;
    for (std::size_t i = begin; i < end; ++i) {
      if (filled_[i] == least) free.push_back(i);
    }
    if (filled_[end] * 2 >= lines_.size()) return free.back();
    if (filled_[begin - 1] * 2 >= lines_.size()) return free.front();
    return free[free.size() / 2];
  }

  /// Two lines have text on both sides, and one of them more than one space between.
  bool is_padded(std::size_t place) const {
    std::size_t with_text = 0;
    bool padded = false;
    for (const Mask& line : lines_) {
      if (place >= line.size() || line[place] != ' ' || line.find('x') > place) continue;
      ++with_text;
      padded = padded || line[place - 1] == ' ' || line[place + 1] == ' ';
    }
    return with_text >= 2 && padded;
  }

  /// The first line, which has the names or is a row like the others, has text in each column: not
  /// so where some cells are of two words.
  void remove_unnamed(std::vector<std::size_t>& starts) const {
    const Mask& first = lines_.front();
    for (std::size_t i = starts.size() - 1; i > 0; --i) {
      const std::size_t text = first.find('x', starts[i]);
      const std::size_t end = i + 1 < starts.size() ? starts[i + 1] : first.size();
      if (text >= end) starts.erase(starts.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }

  /// Half of the lines have runs of spaces, and nearly all runs are where columns begin.
  bool spaces_are_padding(const std::vector<std::size_t>& starts) const {
    std::size_t padded = 0;
    std::size_t elsewhere = 0;
    for (const Mask& line : lines_) {
      bool has_run = false;
      bool has_other = false;
      std::size_t at = std::min(line.find('x'), line.size());
      for (at = line.find("  ", at); at != Mask::npos; at = line.find("  ", at)) {
        const std::size_t end = line.find('x', at);
        const auto start = std::upper_bound(starts.begin(), starts.end(), at);
        has_run = true;
        has_other = has_other || start == starts.end() || *start > end;
        at = end;
      }
      padded += has_run ? 1 : 0;
      elsewhere += has_other ? 1 : 0;
    }
    return padded * 2 >= lines_.size() && elsewhere <= odd_lines_;
  }

  std::vector<Mask> lines_;
  std::size_t odd_lines_;            ///< So many may be none of the table.
  std::vector<std::size_t> filled_;  ///< By place, the lines that have no space there.
};

}  // namespace

std::vector<std::size_t> find_fixed_columns(std::string_view text, bool whole, char line_end) {
  const std::vector<Mask> lines = masks_of(text, whole, line_end);
  for (std::size_t titles = 0; titles <= titles_max && titles + lines_least <= lines.size();
       ++titles) {
    std::vector<std::size_t> starts = Places(lines, titles).starts();
    if (!starts.empty() && starts.size() <= columns_max) return starts;
  }
  return {};
}

bool are_of_a_table(const std::vector<SampleRow>& rows) {
  std::vector<const SampleRow*> good;
  for (const SampleRow& row : rows) {
    if (!row.faulty) good.push_back(&row);
  }
  if (good.size() < lines_least) return false;
  const std::size_t width = good.front()->cells.size();
  bool is_named = false;
  for (std::size_t column = 0; column < width; ++column) {
    std::size_t filled = 0;
    std::size_t typed = 0;
    std::size_t marks = 0;
    std::size_t commas = 0;
    for (const SampleRow* row : good) {
      const std::string& cell = row->cells[column];
      const CellLook look = look_of(cell);
      if (look == CellLook::empty) continue;
      ++filled;
      typed += look == CellLook::number || look == CellLook::date || look == CellLook::time ? 1 : 0;
      const bool has_letter = std::ranges::any_of(
          cell, [](char c) { return is_alphanumeric(c) || static_cast<unsigned char>(c) >= 0x80; });
      marks += has_letter || look == CellLook::nothing ? 0 : 1;
      commas += cell.ends_with(',') || cell.ends_with(';') ? 1 : 0;
    }
    if (marks * 2 > filled || commas * 2 > filled) return false;
    const bool has_name = look_of(good.front()->cells[column]) == CellLook::text;
    is_named = is_named || (has_name && typed > 1 && typed + 1 == filled);
  }
  return width > 2 || is_named;
}

std::string widths_text(const std::vector<std::size_t>& starts) {
  std::string text = "[";
  for (std::size_t i = 1; i < starts.size(); ++i) {
    text += std::to_string(starts[i] - starts[i - 1]) + ", ";
  }
  return text + "null]";
}

}  // namespace sluice::ingest
