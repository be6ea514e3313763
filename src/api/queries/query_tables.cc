#include "api/queries/query_tables.h"

#include <map>
#include <set>
#include <utility>

#include "base/ascii.h"
#include "base/sql_text.h"
#include "dataset/names.h"
#include "intake/damage.h"
#include "lakehouse/medallion/duckdb/render_duckdb.h"
#include "query/near_names.h"

namespace sluice::api {
std::vector<std::string> original_headers(const std::vector<Column>& columns) {
  std::map<std::string, int> seen;
  for (const Column& column : columns) {
    ++seen[lowered(column.original)];
    ++seen[lowered(column.name)];
  }
  std::vector<std::string> headers;
  for (const Column& column : columns) {
    const int expected = lowered(column.original) == lowered(column.name) ? 2 : 1;
    const bool usable = !column.original.empty() && seen[lowered(column.original)] == expected;
    headers.push_back(usable ? column.original : column.name);
  }
  return headers;
}

std::string original_headers_select(const std::vector<Column>& columns) {
  const std::vector<std::string> headers = original_headers(columns);
  std::string list;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (!list.empty()) list += ", ";
    list += quote_identifier(columns[i].name);
    if (headers[i] != columns[i].name) list += " AS " + quote_identifier(headers[i]);
  }
  return "SELECT " + list + " FROM source";
}

std::vector<query::TableSource> dataset_tables(const query::DataFile& parquet,
                                               const std::vector<Column>& columns,
                                               const lakehouse::medallion::Plan& plan,
                                               const std::string& name) {
  return {{{name}, {parquet}, original_headers_select(columns)},
          {{name + "_clean"}, {parquet}, lakehouse::medallion::silver_select(plan, "source")}};
}

query::TableSource rejects_table(const query::DataFile& parquet) {
  return {{"dataset_rejects"}, {parquet}};
}

query::TableSource no_rejects_table() {
  return {{"dataset_rejects"},
          {},
          "SELECT CAST(NULL AS BIGINT) AS line, '' AS reason, '' AS detail, '' AS raw WHERE false"};
}

Result<void> add_tables_of(const metadata::Store& store, const storage::DatasetFiles& files,
                           const Dataset& dataset, const std::string& name,
                           std::vector<query::TableSource>& tables) {
  const DatasetVersion& current = dataset.current;
  TRY_ASSIGN(const lakehouse::medallion::Plan plan,
             lakehouse::medallion::plan_from_json(current.silver_plan_json));
  TRY_ASSIGN(std::filesystem::path path, files.path_of(current.file_name));
  const query::DataFile parquet(
      std::move(path), current.sha256,
      intake::remedy_later(store, dataset.tenant, dataset.id, metadata::FileKind::data));
  for (query::TableSource& table : dataset_tables(parquet, current.columns, plan, name)) {
    tables.push_back(std::move(table));
  }
  return {};
}

namespace {

query::TableSource source_of(const metadata::LakehouseTable& table) {
  query::TableSource source;
  source.name = {catalog_name(table.tenant), table.schema_name, table.table_name};
  source.files = {{std::filesystem::path(table.location) / table.data_file, table.sha256,
                   [id = table.dataset_id] {
                     return "Make the table anew: POST /api/v1/datasets/" + id + "/sync.";
                   }}};
  if (table.schema_name == "bronze") {
    source.view_select =
        "SELECT *, CAST(" + std::to_string(table.version) + " AS BIGINT) AS _batch FROM source";
  }
  return source;
}

}  // namespace

Result<std::vector<query::TableSource>> tables_named_by(const metadata::Store& store,
                                                        const storage::DatasetFiles& files,
                                                        const TenantId& tenant,
                                                        const query::ParsedStatement& statement) {
  std::vector<std::string> dataset_names;
  std::vector<std::string> lakehouse_names;
  std::set<std::vector<std::string>> named;
  for (const query::TableReference& table : statement.tables) {
    named.insert(table.name);
    if (table.name.size() == 1) dataset_names.push_back(table.name[0]);
    if (table.name.size() == 3) lakehouse_names.push_back(table.name[2]);
  }
  std::vector<query::TableSource> tables;
  TRY_ASSIGN(const std::vector<metadata::LakehouseTable> catalogue,
             store.find_lakehouse_tables(tenant, lakehouse_names));
  for (const metadata::LakehouseTable& table : catalogue) {
    query::TableSource source = source_of(table);
    if (named.contains(source.name)) tables.push_back(std::move(source));
  }
  TRY_ASSIGN(const std::vector<metadata::DatasetRecord> datasets,
             store.find_by_table_names(tenant, dataset_names));
  for (const metadata::DatasetRecord& record : datasets) {
    TRY(add_tables_of(store, files, record.dataset, record.dataset.table_name, tables));
  }
  return tables;
}

std::string table_hint(const metadata::Store& store, const TenantId& tenant,
                       const query::ParsedStatement& statement, TextPosition position) {
  constexpr std::int64_t datasets_max = 500;  // The newest; a hint need not know all.
  std::vector<std::string> wanted;
  for (const query::TableReference& table : statement.tables) {
    if (table.position && table.position->line == position.line &&
        table.position->column == position.column) {
      wanted = table.name;
    }
  }
  const bool is_dotted = wanted.size() > 1;
  std::vector<std::string> names;
  if (const auto page = store.list_datasets(tenant, datasets_max)) {
    for (const metadata::DatasetRecord& record : page->datasets) {
      names.push_back(record.dataset.table_name);
      names.push_back(record.dataset.table_name + "_clean");
      const SyncState& state = record.sync.state;
      if (!is_dotted || state.lakehouse == "local" || state.bronze_table.empty()) continue;
      names.push_back(state.bronze_table);
      names.push_back(state.silver_table);
    }
  }
  if (is_dotted) {
    const Result<std::vector<metadata::LakehouseTable>> catalogue =
        store.list_lakehouse_tables(tenant);
    if (catalogue) {
      for (const metadata::LakehouseTable& table : *catalogue) {
        names.push_back(
            dotted_name({catalog_name(table.tenant), table.schema_name, table.table_name}));
      }
    }
  }
  if (names.empty()) return "There is no dataset yet: upload a file first.";
  return query::names_near(dotted_name(wanted), names);
}

}  // namespace sluice::api
