#include "query/worker/sql_check.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/json.hpp>

#include "base/ascii.h"
#include "dataset/names.h"
#include "query/protocol/wire.h"
#include "query/worker/sql_errors.h"

namespace sluice::query {
namespace {

namespace json = boost::json;

/// The engine's own bound on expressions is 250; query nodes nest a few JSON levels each.
constexpr std::size_t tree_depth_max = 4'000;

constexpr std::array<std::string_view, 10> table_functions{"range",
                                                           "generate_series",
                                                           "unnest",
                                                           "repeat",
                                                           "repeat_row",
                                                           "json_each",
                                                           "json_tree",
                                                           "test_all_types",
                                                           "generate_subscripts",
                                                           "regexp_split_to_table"};

/// Settings, the catalog (view texts hold descriptors), the log, sleeping in a slot, running or
/// binding SQL that is text here, and what takes the bytes of an aggregate's state or of a file's
/// VARIANT on trust. Table functions have a list of their own.
constexpr std::array<std::string_view, 25> denied{"current_setting",
                                                  "getvariable",
                                                  "getenv",
                                                  "write_log",
                                                  "nextval",
                                                  "currval",
                                                  "sleep_ms",
                                                  "sleep",
                                                  "json_serialize_plan",
                                                  "json_deserialize_sql",
                                                  "json_serialize_sql",
                                                  "json_execute_serialized_sql",
                                                  "format_type",
                                                  "format_pg_type",
                                                  "get_block_size",
                                                  "col_description",
                                                  "obj_description",
                                                  "shobj_description",
                                                  "parse_duckdb_log_message",
                                                  "query",
                                                  "query_table",
                                                  "current_connection_id",
                                                  "finalize",
                                                  "combine",
                                                  "variant_bytes_to_variant"};
constexpr std::array<std::string_view, 11> denied_prefixes{
    "pg_",    "has_",  "duckdb_", "pragma_",  "read_",     "parquet_",
    "sniff_", "inet_", "enable_", "disable_", "__internal"};

constexpr std::array<std::string_view, 6> plain_table_refs{"SUBQUERY", "JOIN",  "EXPRESSION_LIST",
                                                           "EMPTY",    "PIVOT", "COLUMN_DATA"};

template <std::size_t count>
bool contains(const std::array<std::string_view, count>& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

/// The member as text; empty where it is absent or no string.
std::string_view member(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(json::string_view(name.data(), name.size()));
  if (value == nullptr || !value->is_string()) return {};
  return {value->get_string().data(), value->get_string().size()};
}

class TreeCheck {
 public:
  TreeCheck(const AllowedTables& allowed, std::string_view sql) : allowed_(allowed), sql_(sql) {}

  Result<void> visit(const json::value& value, std::size_t depth) {
    if (depth > tree_depth_max) {
      return fail(query_error("query_not_allowed", "The statement is nested too deeply."));
    }
    if (const json::array* array = value.if_array()) {
      for (const json::value& element : *array) TRY(visit(element, depth + 1));
      return {};
    }
    const json::object* object = value.if_object();
    if (object == nullptr) return {};

    const std::size_t scope = ctes_.size();
    TRY(check_node(*object));
    TRY(visit_ctes(*object, depth));
    const std::string recursive = lowered(member(*object, "cte_name"));
    for (const auto& [key, child] : *object) {
      if (key == "cte_map") continue;
      // A recursive CTE's name holds in its second half alone.
      const bool holds_itself = key == "right" && !recursive.empty();
      if (holds_itself) ctes_.push_back(recursive);
      TRY(visit(child, depth + 1));
      if (holds_itself) ctes_.pop_back();
    }
    ctes_.resize(scope);
    return {};
  }

 private:
  /// A query node's CTEs hold in it, in all below it and in the CTEs after them, as in the engine:
  /// where it does not find a name, it looks for a file of that name.
  Result<void> visit_ctes(const json::object& object, std::size_t depth) {
    const json::value* map = object.if_contains("cte_map");
    if (map == nullptr) return {};
    for (const json::value& entry : map->at("map").as_array()) {
      TRY(visit(entry, depth + 2));
      ctes_.push_back(lowered(member(entry.as_object(), "key")));
    }
    return {};
  }

  Result<void> check_node(const json::object& object) {
    const std::string_view type = member(object, "type");
    if (type == "BASE_TABLE") return check_base_table(object);
    if (type == "SHOW_REF") {
      const json::value* inner = object.if_contains("query");
      if (inner != nullptr && inner->is_object() && member(object, "table_name").empty()) return {};
      return fail(query_error("query_not_allowed", "SHOW is not available here.",
                              "Use DESCRIBE or SUMMARIZE with a table's name."));
    }
    if (type == "TABLE_FUNCTION") {
      const std::string name = lowered(member(object.at("function").as_object(), "function_name"));
      if (is_allowed_table_function(name)) return {};
      return refused(object.at("function").as_object(),
                     "The table function " + name + " is not available here.",
                     "Select from the tables of this query.");
    }
    // Table references are the nodes with both of these; one of an unknown kind must not pass
    // unseen.
    if (object.contains("sample") && object.contains("alias") &&
        !contains(plain_table_refs, type)) {
      return fail(query_error("query_not_allowed", "This kind of FROM clause is not available."));
    }
    if (const std::string_view name = member(object, "function_name");
        !name.empty() && is_denied_function(lowered(name))) {
      return refused(object, "The function " + lowered(name) + " is not available here.", "");
    }
    // A state holds the engine's pointers, and the engine takes any BLOB for one: whoever forges
    // one reads the worker's memory.
    if (const json::value* exports = object.if_contains("export_state");
        exports != nullptr && *exports != false) {
      return refused(object, "EXPORT_STATE is not available here.", "Select the aggregate itself.");
    }
    return {};
  }

  Result<void> check_base_table(const json::object& object) {
    const std::string_view catalog = member(object, "catalog_name");
    const std::string_view schema = member(object, "schema_name");
    const std::string_view table = member(object, "table_name");
    // A line break within a part would let it stand for several.
    const auto is_plain = [](std::string_view part) { return part.find('\n') == part.npos; };
    if (is_plain(catalog) && is_plain(schema) && is_plain(table) &&
        allowed_.contains(table_key({catalog, schema, table}))) {
      return {};
    }
    if (catalog.empty() && schema.empty() &&
        std::find(ctes_.begin(), ctes_.end(), lowered(table)) != ctes_.end()) {
      return {};
    }
    std::string shown(table);
    if (!schema.empty()) shown = std::string(schema) + "." + shown;
    if (!catalog.empty()) shown = std::string(catalog) + "." + shown;
    Error error = query_error("query_table_unknown",
                              "There is no table " + shown + " for this query.", remedy_for(shown));
    error.position = position(object);
    return fail(std::move(error));
  }

  std::string remedy_for(const std::string& shown) const {
    if (allowed_.empty()) {
      return "A query over all that you own names tables as the list of datasets does.";
    }
    std::vector<std::string> names;
    for (std::string key : allowed_) {
      std::replace(key.begin(), key.end(), '\n', '.');
      names.push_back(std::move(key));
    }
    return names_near(shown, names);
  }

  tl::unexpected<Error> refused(const json::object& node, std::string detail,
                                std::string remedy) const {
    Error error = query_error("query_not_allowed", std::move(detail), std::move(remedy));
    error.position = position(node);
    return fail(std::move(error));
  }

  /// Where the node stands in the text; nodes that the engine made itself have none.
  std::optional<TextPosition> position(const json::object& node) const {
    const json::value* location = node.if_contains("query_location");
    if (location == nullptr) return std::nullopt;
    boost::system::error_code bad;
    const auto offset = location->to_number<std::uint64_t>(bad);
    if (bad || offset >= sql_.size()) return std::nullopt;
    return position_of(sql_, offset);
  }

  const AllowedTables& allowed_;
  std::string_view sql_;
  std::vector<std::string> ctes_;
};

bool has_limit(const json::object& node) {
  const json::value* modifiers = node.if_contains("modifiers");
  if (modifiers == nullptr || !modifiers->is_array()) return false;
  for (const json::value& modifier : modifiers->get_array()) {
    if (!modifier.is_object()) continue;
    if (!member(modifier.get_object(), "type").starts_with("LIMIT")) continue;
    const json::value* limit = modifier.get_object().if_contains("limit");
    if (limit != nullptr && !limit->is_null()) return true;  // OFFSET alone has a null limit.
  }
  return false;
}

/// Of the text that has no tree.
Error syntax_error(const json::object& root, std::string_view sql) {
  Error error = query_error("query_syntax", std::string(member(root, "error_message")));
  const std::string_view position = member(root, "position");
  std::size_t offset = 0;
  const char* end = position.data() + position.size();
  if (!position.empty() && std::from_chars(position.data(), end, offset).ec == std::errc() &&
      offset <= sql.size()) {
    error.position = position_of(sql, offset);
  }
  return error;
}

}  // namespace

std::string table_key(std::initializer_list<std::string_view> parts) {
  std::string key;
  for (const std::string_view part : parts) {
    if (part.empty()) continue;
    if (!key.empty()) key += '\n';
    key += lowered(part);
  }
  return key;
}

bool is_denied_function(std::string_view name) {
  if (name == "pg_typeof" || name == "pg_size_pretty") return false;
  return contains(denied, name) ||
         std::any_of(denied_prefixes.begin(), denied_prefixes.end(),
                     [&](std::string_view prefix) { return name.starts_with(prefix); });
}

bool is_allowed_table_function(std::string_view name) { return contains(table_functions, name); }

Result<CheckedSql> check_sql_tree(std::string_view serialized, std::string_view sql,
                                  const AllowedTables& allowed) {
  json::parse_options options;
  options.max_depth = tree_depth_max;
  boost::system::error_code bad;
  const json::value tree =
      json::parse(json::string_view(serialized.data(), serialized.size()), bad, {}, options);
  if (bad || !tree.is_object()) {
    return fail(query_error("query_not_allowed", "The statement cannot be checked."));
  }
  const json::object& root = tree.get_object();
  const json::value* error = root.if_contains("error");
  if (error == nullptr || !error->is_bool()) {
    return fail(query_error("query_not_allowed", "The statement cannot be checked."));
  }
  if (error->get_bool()) {
    if (member(root, "error_type") == "parser") {
      return fail(syntax_error(root, sql));
    }
    return fail(query_error("query_not_allowed", "Only one SELECT statement can be run here.",
                            "A PIVOT needs its values named: ON column IN (…)."));
  }
  const json::value* statements = root.if_contains("statements");
  if (statements != nullptr && statements->is_array() && statements->get_array().empty()) {
    return fail(query_error("query_syntax", "There is no statement in the text."));
  }
  if (statements == nullptr || !statements->is_array() || statements->get_array().size() != 1) {
    return fail(query_error("query_not_allowed", "Only one SELECT statement can be run here."));
  }
  TRY(TreeCheck(allowed, sql).visit(*statements, 0));
  CheckedSql checked;
  checked.has_limit = has_limit(statements->get_array()[0].at("node").as_object());
  return checked;
}

}  // namespace sluice::query
