#include "query/worker/dialect_hints.h"

#include <algorithm>
#include <vector>

#include "query/worker/sql_tokens.h"

namespace sluice::query {
namespace {

constexpr const char* backticks = "Names stand in double quotes here, not in backticks.";

/// The word that is the token of this number; empty behind the last one.
std::string_view word(const std::vector<SqlToken>& tokens, std::size_t index) {
  return index < tokens.size() ? std::string_view(tokens[index].text) : std::string_view();
}

bool has_backtick(const std::vector<SqlToken>& tokens) {
  return std::any_of(tokens.begin(), tokens.end(),
                     [](const SqlToken& token) { return token.text == "`"; });
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

std::string dialect_hint(std::string_view sql, std::size_t offset) {
  const std::vector<SqlToken> tokens = sql_tokens(sql);
  const std::string_view first = word(tokens, 0);
  if (first == "\\" || first == ".") {
    return "Only SQL is known here: SHOW TABLES lists the tables, DESCRIBE and a table's name its "
           "columns.";
  }
  if (first == "show") return "DESCRIBE and a table's name show its columns.";
  if (has_backtick(tokens)) return backticks;
  for (std::size_t i = 1; i < tokens.size(); ++i) {
    if (tokens[i].begin == offset && tokens[i - 1].text == "top" && is_number(tokens[i].text)) {
      return "Instead of TOP, write LIMIT " + tokens[i].text + " at the end.";
    }
  }
  return {};
}

std::string quoting_hint(std::string_view sql, std::size_t offset) {
  const std::vector<SqlToken> tokens = sql_tokens(sql);
  if (has_backtick(tokens)) return backticks;
  const auto found = std::find_if(tokens.begin(), tokens.end(),
                                  [&](const SqlToken& token) { return token.begin == offset; });
  if (found == tokens.end() || sql[offset] != '"') return {};
  return "What stands in double quotes is a name; text stands in single quotes.";
}

std::string other_statement_hint(std::string_view sql) {
  if (word(sql_tokens(sql), 0) != "use") return {};
  return "There is nothing to choose: SHOW ALL TABLES lists the tables, and a query names them in "
         "full.";
}

bool has_limit_pair(std::string_view sql) {
  const std::vector<SqlToken> tokens = sql_tokens(sql);
  for (std::size_t i = 0; i + 2 < tokens.size(); ++i) {
    if (tokens[i].text == "limit" && tokens[i + 2].text == ",") return true;
  }
  return false;
}

}  // namespace sluice::query
