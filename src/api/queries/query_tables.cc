#include "api/queries/query_tables.h"

#include <cctype>
#include <map>
#include <set>
#include <utility>

#include "base/ascii.h"
#include "base/sql_text.h"
#include "dataset/names.h"
#include "lakehouse/medallion/duckdb/render_duckdb.h"
#include "query/worker/sql_errors.h"

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

Result<std::vector<std::string>> words_of(std::string_view sql) {
  constexpr std::size_t words_max = 4'000;
  std::set<std::string> words;
  std::string word;
  const std::string text = lowered(sql) + " ";
  for (const char letter : text) {
    if (std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_') {
      word += letter;
    } else if (!word.empty()) {
      words.insert(std::exchange(word, {}));
    }
  }
  if (words.size() > words_max) {
    return fail(Errc::too_large, "query_too_large",
                "The SQL has more than " + std::to_string(words_max) + " different words.",
                "Send a shorter one.");
  }
  return std::vector<std::string>(words.begin(), words.end());
}

std::string table_hint(const metadata::Store& store, const TenantId& tenant,
                       const std::vector<metadata::LakehouseTable>& catalogue, std::string_view sql,
                       TextPosition position) {
  constexpr std::int64_t datasets_max = 500;  // The newest; a hint need not know all.
  std::vector<std::string> names;
  const std::string wanted = query::name_at(sql, position);
  const bool is_dotted = wanted.find('.') != std::string::npos;
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
    for (const metadata::LakehouseTable& table : catalogue) {
      names.push_back(catalog_name(table.tenant) + "." + table.schema_name + "." +
                      table.table_name);
    }
  }
  if (names.empty()) return "There is no dataset yet: upload a file first.";
  return query::names_near(wanted, names);
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
    source.files = {{std::filesystem::path(table.location) / table.data_file, table.sha256,
                     [id = table.dataset_id] {
                       return "Make the table anew: POST /api/v1/datasets/" + id + "/sync.";
                     }}};
    if (table.schema_name == "bronze") {
      source.view_select =
          "SELECT *, CAST(" + std::to_string(table.version) + " AS BIGINT) AS _batch FROM source";
    }
    tables.push_back(std::move(source));
  }
  return tables;
}

}  // namespace sluice::api
