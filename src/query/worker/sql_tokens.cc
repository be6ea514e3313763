#include "query/worker/sql_tokens.h"

#include <algorithm>

#include "base/ascii.h"

namespace sluice::query {
namespace {

bool is_of_word(char c) {
  return is_alphanumeric(c) || c == '_' || c == '$' || (static_cast<unsigned char>(c) & 0x80U) != 0;
}

/// Behind `needle`, or the end of the text.
std::size_t behind(std::string_view sql, std::string_view needle, std::size_t from) {
  const std::size_t at = sql.find(needle, from);
  return at == std::string_view::npos ? sql.size() : at + needle.size();
}

/// Behind the blanks and comments that begin at `at`. Comments between `/*` and `*/` nest.
std::size_t past_blanks(std::string_view sql, std::size_t at) {
  for (;;) {
    while (at < sql.size() && is_space(sql[at])) ++at;
    if (sql.substr(at, 2) == "--") {
      at = std::min(sql.find_first_of("\n\r", at), sql.size());
    } else if (sql.substr(at, 2) == "/*") {
      std::size_t open = 0;
      do {
        const std::string_view two = sql.substr(at, 2);
        if (two == "/*") ++open;
        if (two == "*/") --open;
        at += two == "/*" || two == "*/" ? 2 : 1;
      } while (open > 0 && at < sql.size());
    } else {
      return std::min(at, sql.size());
    }
  }
}

/// Behind the quoted text that begins at `at`; a doubled quote is part of it.
std::size_t past_quoted(std::string_view sql, std::size_t at, bool has_escapes) {
  const char quote = sql[at];
  for (++at; at < sql.size(); ++at) {
    if (has_escapes && sql[at] == '\\') {
      ++at;
    } else if (sql[at] == quote) {
      if (sql.substr(at + 1, 1) != std::string_view(&quote, 1)) return at + 1;
      ++at;
    }
  }
  return sql.size();
}

/// Behind `$tag$ … $tag$` where it begins at `at`; else `at`.
std::size_t past_dollar_quoted(std::string_view sql, std::size_t at) {
  std::size_t end = at + 1;
  while (end < sql.size() && is_of_word(sql[end]) && sql[end] != '$') ++end;
  if (end >= sql.size() || sql[end] != '$' || is_digit(sql[at + 1])) return at;
  return behind(sql, sql.substr(at, end + 1 - at), end + 1);
}

SqlToken token_at(std::string_view sql, std::size_t begin) {
  const char first = sql[begin];
  if (first == '\'' || first == '"') return {begin, past_quoted(sql, begin, false), {}};
  if (first == '$') {
    const std::size_t end = past_dollar_quoted(sql, begin);
    if (end > begin) return {begin, end, {}};
  }
  std::size_t end = begin;
  while (end < sql.size() && is_of_word(sql[end])) ++end;
  if (end == begin) return {begin, begin + 1, std::string(1, first)};
  if (end == begin + 1 && to_lower(first) == 'e' && end < sql.size() && sql[end] == '\'') {
    return {begin, past_quoted(sql, end, true), {}};
  }
  return {begin, end, lowered(sql.substr(begin, end - begin))};
}

}  // namespace

std::vector<SqlToken> sql_tokens(std::string_view sql) {
  std::vector<SqlToken> tokens;
  for (std::size_t at = past_blanks(sql, 0); at < sql.size();) {
    tokens.push_back(token_at(sql, at));
    at = past_blanks(sql, tokens.back().end);
  }
  return tokens;
}

}  // namespace sluice::query
