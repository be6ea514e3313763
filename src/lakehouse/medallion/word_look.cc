#include "lakehouse/medallion/word_look.h"

#include <algorithm>

#include "base/ascii.h"
#include "dataset/null_words.h"

namespace sluice::lakehouse::medallion {
namespace {

constexpr std::size_t cells_max = 500;
/// One in so many cells that looks like the word makes it one of them.
constexpr std::size_t alike_share = 20;

/// A byte of a letter, as far as one can tell: all beyond ASCII count.
bool is_letter(char c) { return is_alpha(c) || static_cast<unsigned char>(c) >= 0x80; }

/// Characters, not bytes.
std::size_t length_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

bool has_lower(std::string_view text) { return std::ranges::any_of(text, is_lower); }
bool has_upper(std::string_view text) { return std::ranges::any_of(text, is_upper); }

/// Without a letter or digit: `-`, `+`, `?`, `..`, an em dash.
bool is_marks(std::string_view text) {
  if (text == "–" || text == "—") return true;
  return std::ranges::none_of(text, [](char c) { return is_letter(c) || is_digit(c); });
}

/// One word of letters, as names and categories are: `Smith`, `O'Brien`, `Jean-Luc`.
bool is_single_word(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return is_letter(c) || c == '\'' || c == '-' || c == '.'; });
}

/// `NR`, `USA`, `B2`, `SMITH`: in capitals, perhaps with digits.
bool is_code(std::string_view text) {
  return has_upper(text) && std::ranges::all_of(text, [](char c) {
           return is_upper(c) || is_digit(c) || c == '-' || c == '_' || c == '.';
         });
}

/// `N/A`, `#N/A`, `\N`, `<NA>`, `(null)`, NaN: scarcely ever anything but nothing.
bool is_plain(std::string_view word) {
  return word == "NaN" || word == "nan" || !std::ranges::all_of(word, is_letter);
}

bool is_alike(std::string_view word, std::string_view cell, bool comes_with_gaps) {
  if (is_marks(word)) return is_marks(cell) || length_of(cell) <= 2;
  // Another spelling of nothing, as n/a beside N/A, is no value like it; Null beside null is a
  // name.
  if (is_plain(word) && is_null_word(cell)) return false;
  if (equals_ignore_case(word, cell)) return true;
  if (is_plain(word)) {
    const bool shares_mark = std::ranges::any_of(
        word, [&](char c) { return !is_letter(c) && cell.find(c) != std::string_view::npos; });
    return shares_mark && cell.size() <= word.size() + 2;
  }
  if (!has_lower(word)) {
    return is_code(cell) && (!comes_with_gaps || length_of(cell) <= length_of(word) + 1);
  }
  // None and none are answers too: `discount: none` where the amount is none.
  if (comes_with_gaps && !equals_ignore_case(word, "none")) return false;
  return is_single_word(cell) && (has_lower(cell) || !has_upper(cell));
}

}  // namespace

void WordLook::observe(std::string_view cell) {
  if (cells_.size() < cells_max) cells_.emplace(cell);
}

bool WordLook::stands_out(std::string_view word, bool comes_with_gaps) const {
  const auto alike = static_cast<std::size_t>(std::ranges::count_if(
      cells_, [&](const std::string& cell) { return is_alike(word, cell, comes_with_gaps); }));
  return !cells_.empty() && alike * alike_share < cells_.size();
}

std::string WordLook::alike(std::string_view word) const {
  const auto found = std::ranges::find_if(
      cells_, [&](const std::string& cell) { return is_alike(word, cell, false); });
  return found == cells_.end() ? std::string() : *found;
}

}  // namespace sluice::lakehouse::medallion
