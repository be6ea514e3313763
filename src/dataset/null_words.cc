#include "dataset/null_words.h"

#include <algorithm>

namespace sluice {

const std::vector<std::string>& null_words() {
  static const std::vector<std::string> words = {
      "NULL",   "Null",   "null",   "NA",     "Na",   "na",                    // SQL, R
      "N/A",    "N/a",    "n/a",    "#NA",    "#N/A", "#n/a",                  // Spreadsheets
      "None",   "NONE",   "none",   "NaN",    "NAN",  "nan",  "<NA>", "<na>",  // Python, pandas
      "(null)", "(NULL)", "<null>", "<NULL>", "\\N",  "Nil",  "NIL",  "nil",  // Shells, MySQL, Ruby
      "-",      "--",     "–",      "—",      "?",    ".",    ".."};  // People, SAS, offices
  return words;
}

bool is_null_word(std::string_view text) {
  constexpr std::size_t bytes_max = 6;
  return text.size() <= bytes_max && std::ranges::find(null_words(), text) != null_words().end();
}

}  // namespace sluice
