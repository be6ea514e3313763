#include "federation/plan_filter.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/ascii.h"

namespace sluice::federation {

using lakehouse::RemoteFilter;

std::vector<std::string> split(std::string_view text, std::string_view separator) {
  std::vector<std::string> parts(1);
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\'') quoted = !quoted;
    if (!quoted && text[i] == '(') ++depth;
    if (!quoted && text[i] == ')') --depth;
    if (!quoted && depth == 0 && text.substr(i, separator.size()) == separator) {
      parts.emplace_back();
      i += separator.size() - 1;
      continue;
    }
    parts.back() += text[i];
  }
  return parts;
}

namespace {

std::string stripped(std::string text) {
  static const std::string optional = "optional: ";
  while (true) {
    const std::size_t begin = text.find_first_not_of(' ');
    if (begin == std::string::npos) return {};
    text = text.substr(begin, text.find_last_not_of(' ') - begin + 1);
    if (text.starts_with(optional)) {
      text.erase(0, optional.size());
    } else if (text.front() == '(' && text.back() == ')' && split(text, "\n").size() == 1 &&
               split(text.substr(1, text.size() - 2), ")").size() == 1) {
      text = text.substr(1, text.size() - 2);
    } else {
      return text;
    }
  }
}

/// `-1.50`
bool is_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const std::size_t whole = std::min(text.find('.'), text.size());
  const auto digits = [](std::string_view part) {
    return !part.empty() && std::all_of(part.begin(), part.end(), is_digit);
  };
  if (!digits(text.substr(0, whole))) return false;
  return whole == text.size() || digits(text.substr(whole + 1));
}

/// The worker that made the plan shows no path of its own and no bytes that are not UTF-8
/// (query/worker/sql_errors.h, scrubbed), nor does it in literals. These stand for them, and what
/// they stand for is not known.
bool may_be_scrubbed(std::string_view text) {
  return text.find("(data file)") != std::string_view::npos ||
         text.find("\xEF\xBF\xBD") != std::string_view::npos;
}

/// `'it''s'`, `'2024-01-31'::DATE`, `-1.50`, `true` as the value's own text. By hand: std::regex
/// takes a stack frame per character, and literals are as long as people make them.
std::optional<std::string> literal(const std::string& given) {
  const std::string text = stripped(given);
  if (text == "true" || text == "false" || is_number(text)) return text;
  if (text.size() < 2 || text.front() != '\'' || may_be_scrubbed(text)) return std::nullopt;
  std::string value;
  std::size_t at = 1;
  for (; at < text.size(); ++at) {
    if (text[at] == '\'') {
      if (at + 1 >= text.size() || text[at + 1] != '\'') break;
      ++at;
    }
    value += text[at];
  }
  if (at >= text.size()) return std::nullopt;
  std::string_view type = std::string_view(text).substr(at + 1);
  if (type.empty()) return value;
  if (!type.starts_with("::") || type.size() == 2) return std::nullopt;
  type.remove_prefix(2);
  const bool is_name = std::all_of(type.begin(), type.end(), [](char letter) {
    return (letter >= 'A' && letter <= 'Z') || letter == '_' || letter == ' ';
  });
  return is_name ? std::optional(value) : std::nullopt;
}

}  // namespace

std::string planned_name(const std::string& prefix, std::size_t table, std::size_t column) {
  return prefix + "_" + std::to_string(table) + "_" + std::to_string(column);
}

std::set<std::size_t> PlanFilterReader::columns_in(const std::string& text) const {
  std::set<std::size_t> columns;
  for (std::size_t at = text.find(name_); at != std::string::npos; at = text.find(name_, at + 1)) {
    std::size_t column = 0;
    const char* const begin = text.data() + at + name_.size();
    if (std::from_chars(begin, text.data() + text.size(), column).ec == std::errc()) {
      columns.insert(column);
    }
  }
  return columns;
}

std::optional<RemoteFilter> PlanFilterReader::filter_of(const std::string& given) const {
  const std::string text = stripped(given);
  std::string_view rest = text;
  const bool quoted = rest.starts_with('"');
  if (quoted) rest.remove_prefix(1);
  if (!rest.starts_with(name_)) return std::nullopt;
  rest.remove_prefix(name_.size());
  RemoteFilter filter;
  const auto [end, code] = std::from_chars(rest.data(), rest.data() + rest.size(), filter.column);
  if (code != std::errc()) return std::nullopt;
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  if (quoted && !rest.starts_with('"')) return std::nullopt;
  if (quoted) rest.remove_prefix(1);
  const auto take = [&rest](std::string_view word) {
    while (rest.starts_with(' ')) rest.remove_prefix(1);
    if (!rest.starts_with(word)) return false;
    rest.remove_prefix(word.size());
    return true;
  };
  if (take("IS NOT NULL")) {
    filter.kind = RemoteFilter::Kind::is_not_null;
    return rest.empty() ? std::optional(filter) : std::nullopt;
  }
  if (take("IS NULL")) {
    filter.kind = RemoteFilter::Kind::is_null;
    return rest.empty() ? std::optional(filter) : std::nullopt;
  }
  std::vector<std::string> values;
  if (take("IN (")) {
    if (!rest.ends_with(')')) return std::nullopt;
    filter.kind = RemoteFilter::Kind::one_of;
    values = split(rest.substr(0, rest.size() - 1), ",");
  } else {
    for (const std::string_view sign : {"!=", "<>", "<=", ">=", "=", "<", ">"}) {
      if (!take(sign)) continue;
      filter.compare = sign == "<>" ? "!=" : sign;
      values.emplace_back(rest);
      break;
    }
  }
  for (const std::string& value : values) {
    const std::optional<std::string> plain = literal(value);
    if (!plain) return std::nullopt;
    filter.values.push_back(*plain);
  }
  return filter.values.empty() ? std::nullopt : std::optional(filter);
}

}  // namespace sluice::federation
