#include "api/remote_plan.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "base/ascii.h"

namespace sluice::api {

namespace json = boost::json;
using lakehouse::RemoteFilter;
using lakehouse::RemoteScan;
using lakehouse::RemoteTable;

namespace {

constexpr std::string_view scan_name = "READ_PARQUET";

/// One scan of the plan: its filters' texts, and all its texts.
struct Scan {
  std::vector<std::string> filters;
  bool names_columns = false;
  std::string text;
};

void add_texts(const json::value& value, std::vector<std::string>& out) {
  if (value.is_string()) {
    out.emplace_back(value.get_string());
  } else if (value.is_array()) {
    for (const json::value& each : value.get_array()) add_texts(each, out);
  }
}

void find_scans(const json::value& node, std::vector<Scan>& out) {
  if (const json::array* list = node.if_array()) {
    for (const json::value& each : *list) find_scans(each, out);
    return;
  }
  const json::object* object = node.if_object();
  if (object == nullptr) return;
  const json::value* name = object->if_contains("name");
  const json::value* info = object->if_contains("extra_info");
  if (name != nullptr && name->is_string() && name->get_string() == scan_name && info != nullptr &&
      info->is_object()) {
    Scan scan;
    std::vector<std::string> texts;
    std::vector<std::string> projections;
    for (const json::key_value_pair& pair : info->get_object()) {
      add_texts(pair.value(), texts);
      if (pair.key() == "Filters") add_texts(pair.value(), scan.filters);
      if (pair.key() == "Projections") add_texts(pair.value(), projections);
    }
    for (const std::string& text : texts) scan.text += text + "\n";
    scan.names_columns =
        !scan.filters.empty() || (!projections.empty() && !projections.front().empty());
    out.push_back(std::move(scan));
  }
  if (const json::value* children = object->if_contains("children")) find_scans(*children, out);
}

/// At `separator` outside of quotes and parentheses.
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

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

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

/// `'it''s'`, `'2024-01-31'::DATE`, `-1.50`, `true` as the value's own text. By hand: std::regex
/// takes a stack frame per character, and literals are as long as people make them.
std::optional<std::string> literal(const std::string& given) {
  const std::string text = stripped(given);
  if (text == "true" || text == "false" || is_number(text)) return text;
  if (text.size() < 2 || text.front() != '\'') return std::nullopt;
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

class Reader {
 public:
  Reader(const std::string& prefix, std::size_t table)
      : name_(prefix + "_" + std::to_string(table) + "_") {}

  /// The columns of the table that the text names.
  std::set<std::size_t> columns_in(const std::string& text) const {
    std::set<std::size_t> columns;
    for (std::size_t at = text.find(name_); at != std::string::npos;
         at = text.find(name_, at + 1)) {
      std::size_t column = 0;
      const char* const begin = text.data() + at + name_.size();
      if (std::from_chars(begin, text.data() + text.size(), column).ec == std::errc()) {
        columns.insert(column);
      }
    }
    return columns;
  }

  /// `column=5`, `"column" IN ('a', 'b')`, `column IS NULL`.
  std::optional<RemoteFilter> filter_of(const std::string& given) const {
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

 private:
  const std::string name_;
};

}  // namespace

std::string planned_name(const std::string& prefix, std::size_t table, std::size_t column) {
  return prefix + "_" + std::to_string(table) + "_" + std::to_string(column);
}

std::vector<RemoteScan> scans_of(const json::value& plan, const std::string& prefix,
                                 const std::vector<RemoteTable>& tables) {
  std::vector<Scan> scans;
  find_scans(plan, scans);
  // A scan that names no column may be of any table.
  const bool is_any =
      std::any_of(scans.begin(), scans.end(), [](const Scan& scan) { return !scan.names_columns; });
  std::vector<RemoteScan> out;
  for (std::size_t i = 0; i < tables.size(); ++i) {
    const Reader reader(prefix, i);
    RemoteScan needed{tables[i], {}, {}, {}};
    std::set<std::size_t> columns;
    const Scan* only = nullptr;
    std::size_t count = 0;
    for (const Scan& scan : scans) {
      const std::set<std::size_t> named = reader.columns_in(scan.text);
      if (named.empty()) continue;
      columns.insert(named.begin(), named.end());
      only = &scan;
      ++count;
    }
    for (const std::size_t column : columns) {
      if (column < tables[i].columns.size()) needed.columns.push_back(column);
    }
    if (count == 1 && !is_any) {
      for (const std::string& text : only->filters) {
        for (const std::string& part : split(text, " AND ")) {
          const std::optional<RemoteFilter> filter = reader.filter_of(part);
          if (filter && filter->column < tables[i].columns.size()) {
            needed.filters.push_back(*filter);
          }
        }
      }
    }
    out.push_back(std::move(needed));
  }
  return out;
}

std::optional<std::int64_t> rows_needed(const json::value& plan, std::string_view sql,
                                        std::int64_t row_limit) {
  const json::value* node = &plan;
  std::size_t limits = 0;
  while (true) {
    if (node->is_array() && node->get_array().size() == 1) {
      node = &node->get_array()[0];
      continue;
    }
    const json::object* object = node->if_object();
    if (object == nullptr || !object->contains("name") || !object->contains("children")) {
      return std::nullopt;
    }
    const std::string name = json::serialize(object->at("name"));
    if (name == "\"" + std::string(scan_name) + "\"") {
      // Rows that a filter drops here after they came would be missing.
      const json::value* info = object->if_contains("extra_info");
      if (info == nullptr || !info->is_object() || info->get_object().contains("Filters")) {
        return std::nullopt;
      }
      break;
    }
    const bool is_limit = name == "\"STREAMING_LIMIT\"" || name == "\"LIMIT\"";
    if (!is_limit && name != "\"PROJECTION\"") return std::nullopt;
    if (is_limit) ++limits;
    node = &object->at("children");
  }
  // A limit takes its rows from what the one below it left, an OFFSET's too: more are needed then.
  if (limits > 1) return std::nullopt;
  if (limits == 0) return row_limit < INT64_MAX ? std::optional(row_limit + 1) : std::nullopt;
  // The plan does not say how many. A comment might end with what is no LIMIT.
  if (sql.find("--") != std::string_view::npos || sql.find("/*") != std::string_view::npos) {
    return std::nullopt;
  }
  const std::string text = lowered(sql);
  if (text.find("offset") != std::string::npos) return std::nullopt;
  const auto is_blank = [](char letter) {
    return letter == ' ' || letter == '\t' || letter == '\r' || letter == '\n';
  };
  std::size_t end = text.size();
  while (end > 0 && (is_blank(text[end - 1]) || text[end - 1] == ';')) --end;
  std::size_t begin = end;
  while (begin > 0 && is_digit(text[begin - 1])) --begin;
  std::size_t word = begin;
  while (word > 0 && is_blank(text[word - 1])) --word;
  constexpr std::string_view limit = "limit";
  if (begin == end || word == begin || word <= limit.size()) return std::nullopt;
  if (text.substr(word - limit.size(), limit.size()) != limit) return std::nullopt;
  if (!is_blank(text[word - limit.size() - 1])) return std::nullopt;
  std::int64_t rows = 0;
  const bool fits = std::from_chars(text.data() + begin, text.data() + end, rows).ec == std::errc();
  return fits ? std::optional(rows) : std::nullopt;
}

}  // namespace sluice::api
