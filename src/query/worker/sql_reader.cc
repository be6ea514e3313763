#include "query/worker/sql_reader.h"

#include <algorithm>
#include <functional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "base/ascii.h"
#include "duckdb/database.h"
#include "query/query_error.h"
#include "query/worker/listing.h"
#include "query/worker/pivot_places.h"
#include "query/worker/prepared_statements.h"
#include "query/worker/sql_errors.h"
#include "query/worker/sql_tokens.h"

namespace sluice::query {
namespace {

namespace json = boost::json;

/// What a function of the engine that takes a text and gives one makes of this.
Result<std::string> called(duckdb_connection connection, const char* function,
                           const std::string& text) {
  const std::string call = "SELECT " + std::string(function) + "($1::VARCHAR)::VARCHAR";
  duckdb_prepared_statement statement = nullptr;
  const bool prepared_ok = duckdb_prepare(connection, call.c_str(), &statement) == DuckDBSuccess;
  const Prepared prepared(statement);
  if (!prepared_ok ||
      duckdb_bind_varchar_length(statement, 1, text.data(), text.size()) != DuckDBSuccess) {
    return fail(query_error(Code::query_syntax, "The statement is not valid UTF-8 text."));
  }
  duckdb_result raw;
  const bool ok = duckdb_execute_prepared(statement, &raw) == DuckDBSuccess;
  duckdb::QueryResult result(raw);
  if (!ok) {
    return fail(error_from_engine(duckdb_result_error(&result.raw()), {}, TextPlaces::nowhere()));
  }
  return result.rows_as_text().at(0).at(0).value_or("");
}

bool mentions(std::string_view sql, std::string_view word) {
  return std::search(sql.begin(), sql.end(), word.begin(), word.end(),
                     [](char a, char b) { return to_lower(a) == b; }) != sql.end();
}

/// Those of the types that PIVOTs in the tree have their values from.
void collect_pivot_types(const json::value& value, std::set<std::string>& found) {
  if (const json::array* array = value.if_array()) {
    for (const json::value& element : *array) collect_pivot_types(element, found);
  } else if (const json::object* object = value.if_object()) {
    if (const std::string_view type = text_member(*object, "pivot_enum"); !type.empty()) {
      found.emplace(type);
    }
    for (const auto& [key, child] : *object) collect_pivot_types(child, found);
  }
}

/// Whether it may be a query at all, and not another statement with a PIVOT within.
bool begins_a_query(std::string_view sql) {
  const std::vector<SqlToken> tokens = sql_tokens(sql);
  constexpr auto words = std::to_array<std::string_view>(
      {"select", "from", "with", "pivot", "pivot_wider", "describe", "summarize", "("});
  return !tokens.empty() &&
         std::find(words.begin(), words.end(), tokens.front().text) != words.end();
}

/// With the name of a type where the engine would look for a PIVOT's values by a statement of its
/// own. That all of them were taken for what they are, the tree shows: the statement that is
/// checked and run is this one.
Result<SqlTree> tree_with_pivots(duckdb_connection connection, const std::string& sql,
                                 Error engines) {
  if (!begins_a_query(sql)) return fail(std::move(engines));
  const Error unnamed =
      engines.code == Code::query_syntax
          ? engines
          : query_error(Code::query_not_allowed, "The values of a PIVOT cannot be found here.",
                        "Name them: ON column IN (…).");
  const std::vector<std::size_t> offsets = pivot_places(sql);
  if (offsets.empty() || offsets.size() > pivots_max) return fail(unnamed);
  // No text holds its own hash.
  const std::string prefix = "pivot_values_" + std::to_string(std::hash<std::string>()(sql)) + "_";
  std::string named;
  TextPlaces places;
  std::vector<std::string> types;
  std::size_t from = 0;
  for (const std::size_t offset : offsets) {
    types.push_back(prefix + std::to_string(types.size()));
    const std::string in = " IN " + types.back() + " ";
    named += sql.substr(from, offset - from) + in;
    places.insert(offset, in.size());
    from = offset;
  }
  named += sql.substr(from);
  TRY_ASSIGN(const std::string serialized, called(connection, "json_serialize_sql", named));
  Result<SqlTree> tree = sql_tree(serialized, named);
  if (!tree && tree.error().code == Code::query_not_allowed) return fail(std::move(engines));
  if (!tree) return fail(unnamed);
  std::set<std::string> found;
  collect_pivot_types(tree->select, found);
  const bool are_all_there = std::all_of(
      types.begin(), types.end(), [&](const std::string& type) { return found.contains(type); });
  if (!are_all_there) return fail(unnamed);
  tree->sql = sql;
  tree->places = std::move(places);
  tree->pivot_types = std::move(types);
  return tree;
}

bool is_same(const json::value& a, const json::value& b);

/// The engine writes VALUES as `(SELECT * FROM (VALUES …))`.
const json::value* values_within(const json::object& list, const json::object& written) {
  if (text_member(list, "type") != "EXPRESSION_LIST" ||
      text_member(written, "type") != "SUBQUERY") {
    return nullptr;
  }
  const json::object& node = written.at("subquery").at("node").as_object();
  const json::array& columns = node.at("select_list").as_array();
  const bool is_plain =
      text_member(node, "type") == "SELECT_NODE" && columns.size() == 1 &&
      text_member(columns[0].as_object(), "type") == "STAR" && node.at("where_clause").is_null() &&
      node.at("modifiers").as_array().empty() && node.at("group_expressions").as_array().empty();
  return is_plain ? node.if_contains("from_table") : nullptr;
}

bool is_same(const json::object& a, const json::object& b) {
  if (const json::value* inner = values_within(a, b)) return is_same(json::value(a), *inner);
  return a.size() == b.size() && std::all_of(a.begin(), a.end(), [&](const auto& member) {
           if (member.key() == "query_location" || member.key() == "named_param_map") return true;
           const json::value* other = b.if_contains(member.key());
           return other != nullptr && is_same(member.value(), *other);
         });
}

/// But for where it stands.
bool is_same(const json::value& a, const json::value& b) {
  if (a.is_object() && b.is_object()) return is_same(a.get_object(), b.get_object());
  if (!a.is_array() || !b.is_array()) return a == b;
  const json::array& left = a.get_array();
  const json::array& right = b.get_array();
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](const json::value& x, const json::value& y) { return is_same(x, y); });
}

}  // namespace

Result<SqlTree> read_sql(duckdb_connection connection, const std::string& sql) {
  TRY_ASSIGN(const std::string serialized, called(connection, "json_serialize_sql", sql));
  Result<SqlTree> tree = sql_tree(serialized, sql);
  // Not only where it is more than one statement: the engine's own way has no place for parameters.
  if (!tree && mentions(sql, "pivot")) {
    tree = tree_with_pivots(connection, sql, tree.error());
  }
  if (!tree || !(mentions(sql, "show") || mentions(sql, "describe"))) return tree;
  TRY(expand_shows(*tree, [&](const std::string& text) -> Result<SqlTree> {
    TRY_ASSIGN(const std::string ours, called(connection, "json_serialize_sql", text));
    return sql_tree(ours, text);
  }));
  return tree;
}

Result<std::string> write_sql(duckdb_connection connection, const json::value& select) {
  const json::object statements{{"error", false}, {"statements", json::array{select}}};
  TRY_ASSIGN(std::string text,
             called(connection, "json_deserialize_sql", json::serialize(statements)));
  TRY_ASSIGN(const std::string serialized, called(connection, "json_serialize_sql", text));
  const Result<SqlTree> again = sql_tree(serialized, text);
  if (again && is_same(select, again->select)) return text;
  return fail(query_error(Code::query_not_allowed, "The engine cannot write this query anew.",
                          "Name the values of the PIVOT: ON column IN (…)."));
}

}  // namespace sluice::query
