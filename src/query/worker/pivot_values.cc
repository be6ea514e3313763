#include "query/worker/pivot_values.h"

#include <algorithm>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/ascii.h"
#include "query/protocol/parameters.h"
#include "query/query_error.h"

namespace sluice::query {
namespace {

namespace json = boost::json;

/// With a PIVOT's column and source in the place of these two names.
std::string values_sql() {
  return "SELECT DISTINCT CAST(sluice_on AS VARCHAR) FROM sluice_source WHERE sluice_on IS NOT "
         "NULL ORDER BY 1 LIMIT " +
         std::to_string(pivot_values_max + 1);
}

void fill(json::value& value, const json::value& on, const json::value& source) {
  if (json::array* array = value.if_array()) {
    for (json::value& element : *array) fill(element, on, source);
    return;
  }
  json::object* object = value.if_object();
  if (object == nullptr) return;
  if (text_member(*object, "type") == "COLUMN_REF") {
    value = on;
  } else if (text_member(*object, "type") == "BASE_TABLE") {
    value = source;
  } else {
    for (auto& [key, child] : *object) fill(child, on, source);
  }
}

void rename_parameters(json::value& value) {
  if (json::array* array = value.if_array()) {
    for (json::value& element : *array) rename_parameters(element);
    return;
  }
  json::object* object = value.if_object();
  if (object == nullptr) return;
  if (text_member(*object, "type") == "VALUE_PARAMETER") {
    (*object)["identifier"] =
        std::string(part_parameter_prefix) + std::string(text_member(*object, "identifier"));
  }
  for (auto& [key, child] : *object) rename_parameters(child);
}

class FindsPivots {
 public:
  FindsPivots(const SqlTree& tree, const json::value& query) : tree_(tree), query_(query) {}

  /// What is within comes first: a PIVOT of a PIVOT needs its columns.
  Result<void> visit(const json::value& value) {
    if (const json::array* array = value.if_array()) {
      for (const json::value& element : *array) TRY(visit(element));
      return {};
    }
    const json::object* object = value.if_object();
    if (object == nullptr) return {};
    const std::size_t scope = ctes_.size();
    if (const json::value* map = object->if_contains("cte_map")) {
      for (const json::value& entry : map->at("map").as_array()) {
        TRY(visit(entry));
        ctes_.push_back(&entry);
      }
    }
    const bool is_recursive = !text_member(*object, "cte_name").empty();
    for (const auto& [key, child] : *object) {
      if (key == "cte_map") continue;
      const bool is_half = is_recursive && key == "right";
      if (is_half) ++recursive_halves_;
      TRY(visit(child));
      if (is_half) --recursive_halves_;
    }
    if (text_member(*object, "type") == "PIVOT") TRY(add(*object));
    ctes_.resize(scope);
    return {};
  }

  std::vector<PivotValuesQuery> found;

 private:
  Result<void> add(const json::object& node) {
    for (const json::value& pivot : node.at("pivots").as_array()) {
      const std::string_view type = text_member(pivot.as_object(), "pivot_enum");
      const auto is_of_type = [&](const auto& each) { return each == type; };
      if (std::none_of(tree_.pivot_types.begin(), tree_.pivot_types.end(), is_of_type)) continue;
      const auto is_known = [&](const PivotValuesQuery& each) { return each.type == type; };
      if (std::any_of(found.begin(), found.end(), is_known)) continue;
      const json::array& columns = pivot.at("pivot_expressions").as_array();
      if (recursive_halves_ > 0 || columns.size() != 1 || has_names_twice()) {
        return fail(query_error(Code::query_not_allowed,
                                "The values of this PIVOT cannot be found by a query of their own.",
                                "Name them: ON column IN (…)."));
      }
      PivotValuesQuery query{std::string(type), query_};
      fill(query.select, columns[0], node.at("source"));
      json::array& map = query.select.at("node").at("cte_map").at("map").as_array();
      for (const json::value* entry : ctes_) map.push_back(*entry);
      rename_parameters(query.select);
      query.position = position_in(tree_, columns[0].as_object());
      found.push_back(std::move(query));
    }
    return {};
  }

  /// Put into one list, the inner one would stand for the outer one too.
  bool has_names_twice() const {
    std::vector<std::string> names;
    for (const json::value* entry : ctes_) {
      names.push_back(lowered(text_member(entry->as_object(), "key")));
    }
    std::sort(names.begin(), names.end());
    return std::adjacent_find(names.begin(), names.end()) != names.end();
  }

  const SqlTree& tree_;
  const json::value& query_;
  std::vector<const json::value*> ctes_;  ///< In scope, the outermost first.
  std::size_t recursive_halves_ = 0;
};

}  // namespace

Result<std::vector<PivotValuesQuery>> pivot_values_queries(
    const SqlTree& tree, const std::function<Result<SqlTree>(const std::string&)>& read) {
  if (tree.pivot_types.empty()) return std::vector<PivotValuesQuery>();
  TRY_ASSIGN(const SqlTree query, read(values_sql()));
  FindsPivots finds(tree, query.select);
  TRY(finds.visit(tree.select));
  return std::move(finds.found);
}

}  // namespace sluice::query
