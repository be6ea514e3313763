// Store: pages of datasets, and names looked up.
#include <algorithm>
#include <map>

#include "metadata/error_codes.h"
#include "metadata/rows/dataset_rows.h"
#include "metadata/rows/store_impl.h"
#include "metadata/sql/statement.h"
#include "metadata/store.h"

namespace sluice::metadata {
namespace {

/// More than a screen, less than what would hold a session for long.
constexpr std::int64_t page_rows_max = 1000;
/// Of one statement; far below what any database takes (SQLite: 32,766 parameters).
constexpr std::size_t names_max = 500;

}  // namespace

Result<DatasetPage> Store::list_datasets(const TenantId& tenant, std::int64_t limit,
                                         const std::optional<DatasetCursor>& after,
                                         const std::optional<SyncStatus>& status) const {
  if (limit < 1 || limit > page_rows_max) {
    return fail(Errc::invalid_argument, Code::page_limit,
                "A page has 1 to " + std::to_string(page_rows_max) + " datasets.");
  }
  return impl_->read([&](soci::session& session) -> Result<DatasetPage> {
    std::string sql = DatasetRow::select() + " WHERE d.tenant_id = :tenant";
    sql += " AND d.deleted_at_us IS NULL";
    if (after) {
      // Spelled out and not as a row value, which PostgreSQL and SQLite plan differently.
      sql += " AND (d.created_at_us < :before OR (d.created_at_us = :at AND d.dataset_id < :id))";
    }
    if (status) sql += " AND s.status = :status";
    sql += " ORDER BY d.created_at_us DESC, d.dataset_id DESC LIMIT :limit";
    SqlStatement select(session, sql);
    select.bind(tenant.value);
    if (after) select.bind(after->created_at_us).bind(after->created_at_us).bind(after->id);
    if (status) select.bind(name_of(*status));
    select.bind(limit + 1);
    DatasetRow row;
    row.out_of(select);
    DatasetPage page;
    while (select.next()) {
      if (page.datasets.size() == static_cast<std::size_t>(limit)) {
        const Dataset& last = page.datasets.back().dataset;
        page.next = DatasetCursor{last.created_at_us, last.id};
        break;
      }
      TRY_ASSIGN(DatasetRecord record, row.value());
      page.datasets.push_back(std::move(record));
    }
    return page;
  });
}

Result<std::vector<DatasetRecord>> Store::find_by_table_names(
    const TenantId& tenant, const std::vector<std::string>& names) const {
  return impl_->read([&](soci::session& session) -> Result<std::vector<DatasetRecord>> {
    std::map<std::string, DatasetRecord> found;
    for (std::size_t first = 0; first < names.size(); first += names_max) {
      const std::size_t end = std::min(first + names_max, names.size());
      const std::string sql = DatasetRow::select() +
                              " WHERE d.tenant_id = :tenant AND d.deleted_at_us IS NULL "
                              "AND d.dataset_id IN (SELECT t.dataset_id FROM table_names t "
                              "WHERE t.tenant_id = :owner AND t.name IN " +
                              list_of_parameters("n", end - first) + ")";
      SqlStatement select(session, sql);
      select.bind(tenant.value).bind(tenant.value);
      for (std::size_t i = first; i < end; ++i) select.bind(names[i]);
      DatasetRow row;
      row.out_of(select);
      while (select.next()) {
        TRY_ASSIGN(DatasetRecord record, row.value());
        std::string id = record.dataset.id;
        found.insert_or_assign(std::move(id), std::move(record));
      }
    }
    std::vector<DatasetRecord> records;
    for (auto& [id, record] : found) records.push_back(std::move(record));
    return records;
  });
}

}  // namespace sluice::metadata
