#include "query/worker/sql_check.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/ascii.h"
#include "dataset/names.h"
#include "query/near_names.h"
#include "query/protocol/wire.h"
#include "query/worker/listing.h"

namespace sluice::query {
namespace {

namespace json = boost::json;

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

class TableCheck final : public SqlTreeVisitor {
 public:
  TableCheck(const SqlTree& tree, const AllowedTables& allowed) : tree_(tree), allowed_(allowed) {}

  Result<void> node(const json::object& node) override {
    const std::string_view type = text_member(node, "type");
    if (type == "SHOW_REF") {
      const json::value* inner = node.if_contains("query");
      if (inner != nullptr && inner->is_object() && text_member(node, "table_name").empty()) {
        return {};
      }
      return fail(query_error(Code::query_not_allowed, "This kind of SHOW is not available here.",
                              "SHOW TABLES and SHOW ALL TABLES list what a query may name; "
                              "DESCRIBE and SUMMARIZE say more of a table."));
    }
    if (type == "TABLE_FUNCTION") {
      const json::object& function = node.at("function").as_object();
      const std::string name = lowered(text_member(function, "function_name"));
      if (is_allowed_table_function(name)) return {};
      return refused(function, "The table function " + name + " is not available here.",
                     "Select from the tables of this query.");
    }
    // Table references are the nodes with both of these; one of an unknown kind must not pass
    // unseen.
    if (node.contains("sample") && node.contains("alias") && !contains(plain_table_refs, type)) {
      return fail(
          query_error(Code::query_not_allowed, "This kind of FROM clause is not available."));
    }
    if (const std::string_view name = text_member(node, "function_name");
        !name.empty() && is_denied_function(lowered(name))) {
      return refused(node, "The function " + lowered(name) + " is not available here.", "");
    }
    // A state holds the engine's pointers, and the engine takes any BLOB for one: whoever forges
    // one reads the worker's memory.
    if (const json::value* exports = node.if_contains("export_state");
        exports != nullptr && *exports != false) {
      return refused(node, "EXPORT_STATE is not available here.", "Select the aggregate itself.");
    }
    return {};
  }

  Result<void> table(const json::object& node) override {
    const std::vector<std::string_view> name = table_name(node);
    // A line break within a part would let it stand for several.
    const bool is_plain = std::all_of(name.begin(), name.end(), [](std::string_view part) {
      return part.find('\n') == std::string_view::npos;
    });
    if (is_plain && (allowed_.contains(table_key(name)) || is_listing_table(name))) return {};
    const std::string shown = dotted_name({name.begin(), name.end()});
    Error error = query_error(Code::query_table_unknown,
                              "There is no table " + shown + " for this query.", remedy_for(shown));
    error.position = position_in(tree_, node);
    return fail(std::move(error));
  }

 private:
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
    Error error = query_error(Code::query_not_allowed, std::move(detail), std::move(remedy));
    error.position = position_in(tree_, node);
    return fail(std::move(error));
  }

  const SqlTree& tree_;
  const AllowedTables& allowed_;
};

}  // namespace

std::string table_key(const std::vector<std::string_view>& name) {
  std::string key;
  for (const std::string_view part : name) {
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

Result<void> check_sql(const SqlTree& tree, const AllowedTables& allowed) {
  TableCheck check(tree, allowed);
  return walk(tree, check);
}

}  // namespace sluice::query
