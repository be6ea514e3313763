#include "api/remote_plan.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <regex>
#include <set>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "dataset/names.h"

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

/// `'it''s'`, `'2024-01-31'::DATE`, `-1.50`, `true` as the value's own text.
std::optional<std::string> literal(const std::string& given) {
  static const std::regex quoted(R"('((?:[^']|'')*)'(?:::[A-Z_ ]+)?)");
  static const std::regex bare(R"(-?[0-9]+(?:\.[0-9]+)?|true|false)");
  const std::string text = stripped(given);
  std::smatch match;
  if (std::regex_match(text, bare)) return text;
  if (!std::regex_match(text, match, quoted)) return std::nullopt;
  std::string value;
  const std::string inner = match[1];
  for (std::size_t i = 0; i < inner.size(); ++i) {
    value += inner[i];
    if (inner[i] == '\'') ++i;
  }
  return value;
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

  std::optional<RemoteFilter> filter_of(const std::string& given) const {
    static const std::regex shape(R"(\"?([a-z0-9]+_[0-9]+_([0-9]+))\"? *(.*))");
    static const std::regex comparison(R"((!=|<>|<=|>=|=|<|>) *(.*))");
    const std::string text = stripped(given);
    std::smatch match;
    if (!std::regex_match(text, match, shape)) return std::nullopt;
    RemoteFilter filter;
    filter.column = std::stoul(match[2]);
    if (match[1] != name_ + std::to_string(filter.column)) return std::nullopt;
    const std::string rest = match[3];
    std::vector<std::string> values;
    if (rest == "IS NULL" || rest == "IS NOT NULL") {
      filter.kind =
          rest == "IS NULL" ? RemoteFilter::Kind::is_null : RemoteFilter::Kind::is_not_null;
      return filter;
    }
    if (rest.starts_with("IN (") && rest.ends_with(")")) {
      filter.kind = RemoteFilter::Kind::one_of;
      values = split(rest.substr(4, rest.size() - 5), ",");
    } else if (std::regex_match(rest, match, comparison)) {
      filter.compare = match[1] == "<>" ? "!=" : match[1].str();
      values = {match[2]};
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
  bool has_limit = false;
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
    const bool limits = name == "\"STREAMING_LIMIT\"" || name == "\"LIMIT\"";
    if (!limits && name != "\"PROJECTION\"") return std::nullopt;
    has_limit = has_limit || limits;
    node = &object->at("children");
  }
  if (!has_limit) return row_limit < INT64_MAX ? std::optional(row_limit + 1) : std::nullopt;
  // The plan does not say how many. A comment might end with what is no LIMIT.
  if (sql.find("--") != std::string_view::npos || sql.find("/*") != std::string_view::npos) {
    return std::nullopt;
  }
  static const std::regex at_end(R"([^]*[ \t\r\n]limit[ \t\r\n]+([0-9]{1,15})[ \t\r\n;]*)");
  const std::string text = lowered(sql);
  std::smatch match;
  if (!std::regex_match(text, match, at_end)) return std::nullopt;
  return std::stoll(match[1]);
}

}  // namespace sluice::api
