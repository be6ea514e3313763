#include "federation/plan_scans.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <set>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "federation/plan_filter.h"

namespace sluice::federation {

namespace json = boost::json;
using lakehouse::RemoteFilter;
using lakehouse::RemoteScan;
using lakehouse::RemoteTable;

namespace {

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

std::vector<RemoteScan> whole_tables(const std::vector<RemoteTable>& tables) {
  std::vector<RemoteScan> out;
  for (const RemoteTable& table : tables) {
    RemoteScan& scan = out.emplace_back();
    scan.table = table;
    scan.columns.resize(table.columns.size());
    std::iota(scan.columns.begin(), scan.columns.end(), std::size_t{0});
  }
  return out;
}

}  // namespace

std::vector<RemoteScan> scans_of(const json::value& plan, const std::string& prefix,
                                 const std::vector<RemoteTable>& tables) {
  if (!plan.is_array()) return whole_tables(tables);
  std::vector<Scan> scans;
  find_scans(plan, scans);
  // A scan that names no column may be of any table.
  const bool is_any =
      std::any_of(scans.begin(), scans.end(), [](const Scan& scan) { return !scan.names_columns; });
  std::vector<RemoteScan> out;
  for (std::size_t i = 0; i < tables.size(); ++i) {
    const PlanFilterReader reader(prefix, i);
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

}  // namespace sluice::federation
