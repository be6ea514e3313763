#include "api/query_tables.h"

#include <map>

#include "dataset/names.h"
#include "lakehouse/medallion/render_duckdb.h"

namespace sluice::api {
std::string original_headers_select(const std::vector<Column>& columns) {
  std::map<std::string, int> seen;
  for (const Column& column : columns) {
    ++seen[lowered(column.original)];
    ++seen[lowered(column.name)];
  }
  std::string list;
  for (const Column& column : columns) {
    if (!list.empty()) list += ", ";
    list += quote_identifier(column.name);
    const int expected = lowered(column.original) == lowered(column.name) ? 2 : 1;
    const bool usable = !column.original.empty() && seen[lowered(column.original)] == expected;
    if (usable && column.original != column.name)
      list += " AS " + quote_identifier(column.original);
  }
  return "SELECT " + list + " FROM source";
}

std::vector<query::TableSource> dataset_tables(const std::filesystem::path& parquet,
                                               const std::vector<Column>& columns,
                                               const lakehouse::medallion::Plan& plan) {
  return {{{"dataset"}, {parquet}, original_headers_select(columns)},
          {{"dataset_clean"}, {parquet}, lakehouse::medallion::silver_select(plan, "source")}};
}

query::TableSource rejects_table(const std::filesystem::path& parquet) {
  return {{"dataset_rejects"}, {parquet}};
}

query::TableSource no_rejects_table() {
  return {{"dataset_rejects"},
          {},
          "SELECT CAST(NULL AS BIGINT) AS line, '' AS reason, '' AS detail, '' AS raw WHERE false"};
}

std::vector<query::TableSource> lakehouse_tables(
    const std::vector<metadata::LakehouseTable>& catalogue, std::string_view sql) {
  const std::string text = lowered(sql);
  std::vector<query::TableSource> tables;
  for (const metadata::LakehouseTable& table : catalogue) {
    // Table names are `[a-z0-9_]`, so a query that names one contains it as it is.
    if (text.find(table.table_name) == std::string::npos) continue;
    query::TableSource source;
    source.name = {catalog_name(table.tenant), table.schema_name, table.table_name};
    source.files = {std::filesystem::path(table.location) / table.data_file};
    if (table.schema_name == "bronze") {
      source.view_select =
          "SELECT *, CAST(" + std::to_string(table.version) + " AS BIGINT) AS _batch FROM source";
    }
    tables.push_back(std::move(source));
  }
  return tables;
}

}  // namespace sluice::api
