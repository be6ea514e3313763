#include "query/worker/reserved_words.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"

namespace sluice::query {
namespace {

// clang-format off
constexpr auto words = std::to_array<std::string_view>({
    "all", "analyse", "analyze", "and", "anti", "any", "array", "as", "asc", "asof",
    "asymmetric", "at", "authorization", "binary", "both", "by", "case", "cast", "check",
    "collate", "collation", "column", "columns", "concurrently", "constraint", "create",
    "cross", "default", "deferrable", "desc", "describe", "distinct", "do", "else", "end",
    "except", "false", "fetch", "for", "foreign", "freeze", "from", "full", "generated",
    "glob", "group", "having", "ilike", "in", "initially", "inner", "intersect", "into",
    "is", "isnull", "join", "lambda", "lateral", "leading", "left", "like", "limit", "map",
    "natural", "not", "notnull", "null", "offset", "on", "only", "or", "order", "outer",
    "overlaps", "pivot", "pivot_longer", "pivot_wider", "placing", "positional", "primary",
    "qualify", "references", "returning", "right", "select", "semi", "show", "similar",
    "some", "struct", "summarize", "symmetric", "table", "tablesample", "then", "to",
    "trailing", "true", "try_cast", "union", "unique", "unpack", "unpivot", "using",
    "variadic", "verbose", "when", "where", "window", "with"});
// clang-format on

/// An error just behind one of these is most often a part that is missing, not a name.
constexpr auto clause_words = std::to_array<std::string_view>(
    {"and",  "as",     "by",    "case", "cross", "distinct", "else", "except",
     "from", "having", "in",    "join", "not",   "on",       "or",   "select",
     "then", "union",  "using", "when", "where", "with"});

bool is_of_word(char c) {
  return is_alphanumeric(c) || c == '_' || (static_cast<unsigned char>(c) & 0x80U) != 0;
}

bool is_reserved(const std::string& word) {
  return std::binary_search(words.begin(), words.end(), word);
}

}  // namespace

std::span<const std::string_view> reserved_words() { return words; }

std::string reserved_word_hint(std::string_view sql, std::size_t offset) {
  if (offset > sql.size()) return {};
  std::size_t end = offset;
  while (end < sql.size() && is_of_word(sql[end])) ++end;
  std::string word = lowered(sql.substr(offset, end - offset));
  // The engine often stumbles over what comes after the name: SELECT at FROM.
  if (!is_reserved(word) || word == "from") {
    std::size_t last = offset;
    while (last > 0 && is_space(sql[last - 1])) --last;
    std::size_t first = last;
    while (first > 0 && is_of_word(sql[first - 1])) --first;
    word = lowered(sql.substr(first, last - first));
    const bool ends_quoted = first > 0 && sql[first - 1] == '"';
    const bool is_clause =
        std::find(clause_words.begin(), clause_words.end(), word) != clause_words.end();
    if (ends_quoted || is_clause || !is_reserved(word)) return {};
  }
  return "\"" + word +
         "\" is a reserved word: where it is a column's name, write it in double quotes.";
}

}  // namespace sluice::query
