#include "lakehouse/medallion/word_pair_look.h"

#include <algorithm>

#include "base/ascii.h"

namespace sluice::lakehouse::medallion {
namespace {

/// Below, a column of names or codes may hold such words by chance.
constexpr std::int64_t cells_min = 10;
constexpr std::int64_t cells_of_each_min = 2;

using Pair = std::pair<std::string_view, std::string_view>;
/// In small letters; spelled `yes`, `Yes` or `YES`, both in one way.
constexpr std::array<Pair, 9> pairs = {{{"yes", "no"},
                                        {"y", "n"},
                                        {"ja", "nein"},
                                        {"ja", "nee"},
                                        {"ja", "nej"},
                                        {"oui", "non"},
                                        {"s\u00ed", "no"},
                                        {"si", "no"},
                                        {"sim", "n\u00e3o"}}};

enum class Spelling { small, capital, capitals, other };

Spelling spelling_of(std::string_view word) {
  const auto is_not_upper = [](char c) { return !is_upper(c); };
  const auto is_not_lower = [](char c) { return !is_lower(c); };
  if (std::all_of(word.begin(), word.end(), is_not_upper)) return Spelling::small;
  if (!is_upper(word.front())) return Spelling::other;
  // A single letter is spelled in both ways.
  if (std::all_of(word.begin(), word.end(), is_not_lower)) return Spelling::capitals;
  return std::all_of(word.begin() + 1, word.end(), is_not_upper) ? Spelling::capital
                                                                 : Spelling::other;
}

bool is_word_of_pair(std::string_view cell) {
  constexpr std::size_t word_bytes_max = 4;
  if (cell.size() > word_bytes_max) return false;
  const std::string word = lowered(cell);
  return std::any_of(pairs.begin(), pairs.end(),
                     [&](const Pair& pair) { return word == pair.first || word == pair.second; });
}

bool is_pair(const std::string& yes, const std::string& no) {
  const Spelling spelling = spelling_of(yes);
  if (spelling == Spelling::other || spelling != spelling_of(no)) return false;
  return std::find(pairs.begin(), pairs.end(), Pair(lowered(yes), lowered(no))) != pairs.end();
}

}  // namespace

void WordPairLook::observe(std::string_view cell) {
  if (is_over_) return;
  for (Word& word : words_) {
    if (word.cells == 0 && !is_word_of_pair(cell)) break;
    if (word.cells == 0) word.text = cell;
    if (word.text != cell) continue;
    ++word.cells;
    return;
  }
  is_over_ = true;
}

FormVerdict WordPairLook::verdict() const {
  const auto& [one, other] = words_;
  if (is_over_ || one.cells == 0 || other.cells == 0) return {};
  const bool is_first_yes = is_pair(one.text, other.text);
  if (!is_first_yes && !is_pair(other.text, one.text)) return {};
  const std::string& yes = is_first_yes ? one.text : other.text;
  const std::string& no = is_first_yes ? other.text : one.text;
  FormVerdict out;
  if (std::min(one.cells, other.cells) < cells_of_each_min || one.cells + other.cells < cells_min) {
    out.reason = "Text: " + yes + " and " + no + " in fewer than " + std::to_string(cells_min) +
                 " cells, or one of them only once.";
    return out;
  }
  return {true, "BOOLEAN", Transform::word_pair, yes + "/" + no,
          "Each cell is " + yes + " or " + no + "."};
}

std::optional<std::pair<std::string, std::string>> word_pair_of(std::string_view format) {
  const std::size_t slash = format.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == format.size()) {
    return std::nullopt;
  }
  return std::pair(std::string(format.substr(0, slash)), std::string(format.substr(slash + 1)));
}

}  // namespace sluice::lakehouse::medallion
