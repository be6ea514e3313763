#include "api/queries/table_listing.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "api/queries/query_tables.h"
#include "dataset/names.h"
#include "lakehouse/medallion/silver_plan.h"
#include "query/query_error.h"

namespace sluice::api {
namespace {

constexpr std::int64_t page_size = 1'000;

using query::ListedColumn;
using query::ListedTable;

std::vector<ListedColumn> bronze_columns(const std::vector<Column>& columns) {
  std::vector<ListedColumn> listed;
  for (const Column& column : columns) listed.push_back({column.name, column.type});
  listed.push_back({"_batch", "BIGINT"});
  return listed;
}

/// `catalog.schema.table`, as a sync says it.
std::vector<std::string> parts_of(const std::string& dotted) {
  std::vector<std::string> parts(1);
  for (const char c : dotted) {
    if (c == '.') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

class Listing {
 public:
  explicit Listing(bool has_columns) : has_columns_(has_columns) {}

  Result<void> add(const metadata::DatasetRecord& record) {
    const Dataset& dataset = record.dataset;
    std::vector<ListedColumn> as_it_came;
    std::vector<ListedColumn> clean;
    if (has_columns_) {
      const std::vector<Column>& columns = dataset.current.columns;
      const std::vector<std::string> headers = original_headers(columns);
      for (std::size_t i = 0; i < columns.size(); ++i) {
        as_it_came.push_back({headers[i], columns[i].type});
      }
      TRY_ASSIGN(const lakehouse::medallion::Plan plan,
                 lakehouse::medallion::plan_from_json(dataset.current.silver_plan_json));
      for (const auto& column : plan.columns) clean.push_back({column.name, column.type});
    }
    const SyncState& state = record.sync.state;
    if (state.lakehouse != "local" && !state.bronze_table.empty()) {
      TRY(add({parts_of(state.bronze_table), bronze_columns(dataset.current.columns)}));
      TRY(add({parts_of(state.silver_table), clean}));
    }
    TRY(add({{dataset.table_name}, std::move(as_it_came)}));
    return add({{dataset.table_name + "_clean"}, std::move(clean)});
  }

  Result<void> add(const metadata::LakehouseTable& table) {
    ListedTable listed{{catalog_name(table.tenant), table.schema_name, table.table_name}};
    if (has_columns_ && table.schema_name == "bronze") {
      listed.columns = bronze_columns(table.columns);
    } else if (has_columns_) {
      for (const Column& column : table.columns) {
        listed.columns.push_back({column.name, column.type});
      }
    }
    return add(std::move(listed));
  }

  Result<void> add(ListedTable table) {
    if (!has_columns_) table.columns.clear();
    for (const std::string& part : table.name) bytes_ += part.size() + 3;
    for (const ListedColumn& column : table.columns) {
      bytes_ += column.name.size() + column.type.size() + 8;
    }
    if (bytes_ > listed_bytes_max) return fail(too_large());
    tables.push_back(std::move(table));
    return {};
  }

  static Error too_large() {
    return query::query_error(query::Code::query_too_large,
                              "There are more tables and columns than a query lists.",
                              "GET /api/v1/datasets lists them page by page.");
  }

  std::vector<ListedTable> tables;

 private:
  const bool has_columns_;
  std::size_t bytes_ = 0;
};

}  // namespace

Result<std::vector<ListedTable>> listed_tables(const metadata::Store& store, const TenantId& tenant,
                                               bool has_columns) {
  Listing listing(has_columns);
  std::optional<metadata::DatasetCursor> cursor;
  for (std::size_t count = 0; count == 0 || cursor; count += static_cast<std::size_t>(page_size)) {
    if (count >= listed_datasets_max) return fail(Listing::too_large());
    TRY_ASSIGN(const metadata::DatasetPage page, store.list_datasets(tenant, page_size, cursor));
    for (const metadata::DatasetRecord& record : page.datasets) TRY(listing.add(record));
    cursor = page.next;
  }
  TRY_ASSIGN(const std::vector<metadata::LakehouseTable> catalogue,
             store.list_lakehouse_tables(tenant));
  for (const metadata::LakehouseTable& table : catalogue) TRY(listing.add(table));
  // One may be known from a sync and as a table on this machine.
  std::vector<ListedTable>& tables = listing.tables;
  std::sort(tables.begin(), tables.end(),
            [](const ListedTable& a, const ListedTable& b) { return a.name < b.name; });
  tables.erase(
      std::unique(tables.begin(), tables.end(),
                  [](const ListedTable& a, const ListedTable& b) { return a.name == b.name; }),
      tables.end());
  return std::move(tables);
}

}  // namespace sluice::api
