#include "query/worker/listing.h"

#include <algorithm>
#include <cstdint>
#include <limits>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/ascii.h"
#include "query/query_error.h"
#include "query/request.h"
#include "query/worker/prepared_statements.h"
#include "query/worker/sql_errors.h"

namespace sluice::query {
namespace {

namespace json = boost::json;

constexpr const char* our_schema = "listing_of_query";

// As the engine has them: its names, its order.
constexpr const char* show_tables =
    "SELECT * FROM (SELECT table_name AS name FROM information_schema.tables WHERE table_catalog = "
    "current_database() AND table_schema = current_schema() ORDER BY table_name)";
constexpr const char* show_all_tables =
    "SELECT * FROM (SELECT table_catalog AS \"database\", table_schema AS \"schema\", table_name "
    "AS "
    "name, list(column_name ORDER BY ordinal_position) AS column_names, list(data_type ORDER BY "
    "ordinal_position) AS column_types, false AS temporary FROM information_schema.columns GROUP "
    "BY "
    "table_catalog, table_schema, table_name ORDER BY table_catalog, table_schema, table_name)";

constexpr const char* listed_from_engine =
    "CREATE TABLE listing_of_query.listed AS SELECT database_name AS table_catalog, schema_name AS "
    "table_schema, table_name, list([column_name, data_type] ORDER BY column_index) AS columns "
    "FROM "
    "duckdb_columns() WHERE NOT internal AND schema_name <> 'listing_of_query' GROUP BY ALL";
constexpr const char* listed_from_text =
    "CREATE TABLE listing_of_query.listed AS SELECT CASE len(t.n) WHEN 3 THEN t.n[1] ELSE "
    "current_database() END AS table_catalog, CASE len(t.n) WHEN 3 THEN t.n[2] ELSE "
    "current_schema() END AS table_schema, t.n[-1] AS table_name, t.c AS columns FROM (SELECT "
    "unnest(from_json($1::JSON, '[{\"n\":[\"VARCHAR\"],\"c\":[[\"VARCHAR\"]]}]')) AS t)";

constexpr const char* tables_view =
    "CREATE VIEW listing_of_query.tables AS SELECT table_catalog, table_schema, table_name, 'BASE "
    "TABLE' AS table_type, NULL::VARCHAR AS self_referencing_column_name, NULL::VARCHAR AS "
    "reference_generation, NULL::VARCHAR AS user_defined_type_catalog, NULL::VARCHAR AS "
    "user_defined_type_schema, NULL::VARCHAR AS user_defined_type_name, 'NO' AS "
    "is_insertable_into, 'NO' AS is_typed, NULL::VARCHAR AS commit_action, NULL::VARCHAR AS "
    "TABLE_COMMENT FROM listing_of_query.listed";
constexpr const char* columns_view =
    "CREATE VIEW listing_of_query.columns AS SELECT table_catalog, table_schema, table_name, c[1] "
    "AS "
    "column_name, i::INTEGER AS ordinal_position, NULL::VARCHAR AS column_default, 'YES' AS "
    "is_nullable, c[2] AS data_type, NULL::INTEGER AS character_maximum_length, NULL::INTEGER AS "
    "character_octet_length, CASE WHEN c[2] LIKE 'DECIMAL(%)' THEN "
    "regexp_extract(c[2], '^DECIMAL.([0-9]+)', 1)::INTEGER ELSE bits END AS numeric_precision, "
    "CASE WHEN c[2] LIKE 'DECIMAL(%)' THEN 10 WHEN bits IS NOT NULL THEN 2 END AS "
    "numeric_precision_radix, CASE WHEN c[2] LIKE 'DECIMAL(%)' THEN "
    "regexp_extract(c[2], ',([0-9]+).$', 1)::INTEGER WHEN bits IS NOT NULL THEN 0 END AS "
    "numeric_scale, NULL::INTEGER AS datetime_precision, NULL::VARCHAR AS interval_type, "
    "NULL::INTEGER AS interval_precision, NULL::VARCHAR AS character_set_catalog, NULL::VARCHAR AS "
    "character_set_schema, NULL::VARCHAR AS character_set_name, NULL::VARCHAR AS "
    "collation_catalog, NULL::VARCHAR AS collation_schema, NULL::VARCHAR AS collation_name, "
    "NULL::VARCHAR AS domain_catalog, NULL::VARCHAR AS domain_schema, NULL::VARCHAR AS "
    "domain_name, NULL::VARCHAR AS udt_catalog, NULL::VARCHAR AS udt_schema, NULL::VARCHAR AS "
    "udt_name, NULL::VARCHAR AS scope_catalog, NULL::VARCHAR AS scope_schema, NULL::VARCHAR AS "
    "scope_name, NULL::BIGINT AS maximum_cardinality, NULL::VARCHAR AS dtd_identifier, NULL::BOOL "
    "AS is_self_referencing, NULL::BOOL AS is_identity, NULL::VARCHAR AS identity_generation, "
    "NULL::VARCHAR AS identity_start, NULL::VARCHAR AS identity_increment, NULL::VARCHAR AS "
    "identity_maximum, NULL::VARCHAR AS identity_minimum, NULL::BOOL AS identity_cycle, "
    "NULL::VARCHAR AS is_generated, NULL::VARCHAR AS generation_expression, NULL::BOOL AS "
    "is_updatable, NULL::VARCHAR AS COLUMN_COMMENT FROM (SELECT *, CASE c[2] WHEN 'TINYINT' THEN 8 "
    "WHEN 'SMALLINT' THEN 16 WHEN 'INTEGER' THEN 32 WHEN 'BIGINT' THEN 64 WHEN 'HUGEINT' THEN 128 "
    "WHEN 'FLOAT' THEN 24 WHEN 'DOUBLE' THEN 53 END AS bits FROM (SELECT table_catalog, "
    "table_schema, table_name, unnest(columns) AS c, generate_subscripts(columns, 1) AS i FROM "
    "listing_of_query.listed))";

/// What the kind of SHOW means; null for the kinds that are not for here.
const char* meaning_of(const json::object& show) {
  if (text_member(show, "show_type") != "SHOW_UNQUALIFIED") return nullptr;
  const std::string_view kind = text_member(show, "table_name");
  if (kind == "\"tables\"") return show_tables;
  return kind == "__show_tables_expanded" ? show_all_tables : nullptr;
}

/// Nodes of ours stand nowhere in the user's text.
void forget_places(json::value& value) {
  if (json::array* array = value.if_array()) {
    for (json::value& element : *array) forget_places(element);
  } else if (json::object* object = value.if_object()) {
    for (auto& [key, child] : *object) {
      if (key == "query_location") {
        child = std::numeric_limits<std::uint64_t>::max();
      } else {
        forget_places(child);
      }
    }
  }
}

class FindsListing final : public SqlTreeVisitor {
 public:
  bool is_found = false;
  Result<void> node(const json::object&) override { return {}; }
  Result<void> table(const json::object& node) override {
    is_found = is_found || is_listing_table(table_name(node));
    return {};
  }
};

void redirect_table(json::object& table) {
  if (is_listing_table(table_name(table))) {
    table["schema_name"] = our_schema;
    table["table_name"] = lowered(text_member(table, "table_name"));
  }
}

/// `information_schema.tables.table_name`
void redirect_column(json::object& column) {
  json::value* parts = column.if_contains("column_names");
  if (parts == nullptr || !parts->is_array() || parts->get_array().size() < 3) return;
  json::array& names = parts->get_array();
  if (is_listing_table({names[0].as_string(), names[1].as_string()})) names[0] = our_schema;
}

Result<void> internal(Result<duckdb::QueryResult> result) {
  if (result) return {};
  return fail(error_from_engine(result.error().detail.c_str(), {}, TextPlaces::nowhere()));
}

}  // namespace

bool is_listing_table(const std::vector<std::string_view>& name) {
  return name.size() == 2 && equals_ignore_case(name[0], listing_schema) &&
         (equals_ignore_case(name[1], "tables") || equals_ignore_case(name[1], "columns"));
}

bool names_listing(const SqlTree& tree) {
  FindsListing finds;
  return walk(tree, finds) && finds.is_found;
}

Result<void> expand_shows(SqlTree& tree,
                          const std::function<Result<SqlTree>(const std::string&)>& read) {
  const auto expand = [&](const auto& self, json::value& value) -> Result<void> {
    if (json::array* array = value.if_array()) {
      for (json::value& element : *array) TRY(self(self, element));
      return {};
    }
    json::object* object = value.if_object();
    if (object == nullptr) return {};
    const char* meaning =
        text_member(*object, "type") == "SHOW_REF" ? meaning_of(*object) : nullptr;
    if (meaning == nullptr) {
      for (auto& [key, child] : *object) TRY(self(self, child));
      return {};
    }
    TRY_ASSIGN(SqlTree ours, read(meaning));
    json::value table = std::move(ours.select.at("node").at("from_table"));
    forget_places(table);
    table.as_object()["alias"] = object->at("alias");
    table.as_object()["sample"] = object->at("sample");
    value = std::move(table);
    return {};
  };
  return expand(expand, tree.select);
}

void redirect_to_listing(json::value& select) {
  if (json::array* array = select.if_array()) {
    for (json::value& element : *array) redirect_to_listing(element);
  } else if (json::object* object = select.if_object()) {
    if (text_member(*object, "type") == "BASE_TABLE") redirect_table(*object);
    if (text_member(*object, "type") == "COLUMN_REF") redirect_column(*object);
    for (auto& [key, child] : *object) redirect_to_listing(child);
  }
}

void allow_listing(AllowedTables& allowed) {
  allowed.insert(table_key({our_schema, "tables"}));
  allowed.insert(table_key({our_schema, "columns"}));
}

Result<void> make_listing(duckdb::Connection& connection, const std::string& tables) {
  TRY(internal(connection.query("CREATE SCHEMA " + std::string(our_schema))));
  if (tables.empty()) {
    TRY(internal(connection.query(listed_from_engine)));
  } else {
    duckdb_prepared_statement raw = nullptr;
    const bool ok = duckdb_prepare(connection.raw(), listed_from_text, &raw) == DuckDBSuccess;
    const Prepared prepared(raw);
    duckdb_result made{};
    const bool done =
        ok && duckdb_bind_varchar_length(raw, 1, tables.data(), tables.size()) == DuckDBSuccess &&
        duckdb_execute_prepared(raw, &made) == DuckDBSuccess;
    duckdb::QueryResult result(made);
    if (!done) {
      const char* message = ok ? duckdb_result_error(&result.raw()) : duckdb_prepare_error(raw);
      return fail(error_from_engine(message, {}, TextPlaces::nowhere()));
    }
  }
  TRY(internal(connection.query(tables_view)));
  return internal(connection.query(columns_view));
}

}  // namespace sluice::query
