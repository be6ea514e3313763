// Store: the catalogue of the local lakehouse's tables.
#include "metadata/rows/columns_json.h"
#include "metadata/rows/dataset_rows.h"
#include "metadata/rows/locks.h"
#include "metadata/rows/store_impl.h"
#include "metadata/sql/statement.h"
#include "metadata/store.h"

namespace sluice::metadata {

std::string_view select_tables() {
  return "SELECT tenant_id, schema_name, table_name, dataset_id, version, kind, location, "
         "data_file, row_count, columns_json, sha256, updated_at_us FROM lakehouse_tables ";
}

Result<std::vector<LakehouseTable>> tables_of(SqlStatement& select) {
  LakehouseTable table;
  std::string columns_json;
  select.out(table.tenant.value)
      .out(table.schema_name)
      .out(table.table_name)
      .out(table.dataset_id)
      .out(table.version)
      .out(table.kind)
      .out(table.location)
      .out(table.data_file)
      .out(table.row_count)
      .out(columns_json)
      .out(table.sha256)
      .out(table.updated_at_us);
  std::vector<LakehouseTable> tables;
  while (select.next()) {
    TRY_ASSIGN(table.columns, columns_from_json(columns_json));
    tables.push_back(table);
  }
  return tables;
}

Result<void> Store::upsert_lakehouse_table(const LakehouseTable& table, std::int64_t order) {
  return impl_->write([&](soci::session& session) -> Result<void> {
    if (order > 0) {
      // Else a mark that ends this run, and takes its rows away, could come in between.
      lock_dataset(impl_->engine(), session, table.dataset_id);
      std::int64_t ended = 0;
      SqlStatement settled(session,
                           "SELECT 1 FROM sync_states WHERE dataset_id = :dataset "
                           "AND settled_order >= :order");
      if (settled.bind(table.dataset_id).bind(order).out(ended).next()) return {};
    }
    SqlStatement(session,
                 "INSERT INTO lakehouse_tables (tenant_id, schema_name, table_name, dataset_id, "
                 "version, kind, location, data_file, row_count, columns_json, sha256, "
                 "updated_at_us, verified_at_us) VALUES (:tenant, :schema, :table, :dataset, "
                 ":version, :kind, :location, :file, :rows, :columns, :sha256, :at, :verified) "
                 "ON CONFLICT (tenant_id, schema_name, table_name) DO UPDATE SET "
                 "dataset_id = excluded.dataset_id, version = excluded.version, "
                 "kind = excluded.kind, location = excluded.location, "
                 "data_file = excluded.data_file, row_count = excluded.row_count, "
                 "columns_json = excluded.columns_json, sha256 = excluded.sha256, "
                 "updated_at_us = excluded.updated_at_us, verified_at_us = excluded.verified_at_us "
                 "WHERE lakehouse_tables.dataset_id <> excluded.dataset_id "
                 "OR lakehouse_tables.version <= excluded.version")
        .bind(table.tenant.value)
        .bind(table.schema_name)
        .bind(table.table_name)
        .bind(table.dataset_id)
        .bind(table.version)
        .bind(table.kind)
        .bind(table.location)
        .bind(table.data_file)
        .bind(table.row_count)
        .bind(columns_to_json(table.columns))
        .bind(table.sha256)
        .bind(impl_->clock.now_us())
        .bind(impl_->clock.now_us())
        .run();
    return {};
  });
}

Result<std::optional<LakehouseTable>> Store::get_lakehouse_table(
    const TenantId& tenant, std::string_view schema_name, std::string_view table_name) const {
  return impl_->read([&](soci::session& session) -> Result<std::optional<LakehouseTable>> {
    SqlStatement select(session, std::string(select_tables()) +
                                     "WHERE tenant_id = :tenant AND schema_name = :schema "
                                     "AND table_name = :table");
    select.bind(tenant.value).bind(schema_name).bind(table_name);
    TRY_ASSIGN(std::vector<LakehouseTable> tables, tables_of(select));
    if (tables.empty()) return std::optional<LakehouseTable>();
    return std::optional<LakehouseTable>(std::move(tables.front()));
  });
}

Result<std::vector<LakehouseTable>> Store::list_lakehouse_tables(const TenantId& tenant) const {
  return impl_->read([&](soci::session& session) {
    SqlStatement select(session, std::string(select_tables()) +
                                     "WHERE tenant_id = :tenant ORDER BY schema_name, table_name");
    select.bind(tenant.value);
    return tables_of(select);
  });
}

Result<std::vector<LakehouseTable>> Store::find_lakehouse_tables(
    const TenantId& tenant, const std::vector<std::string>& table_names) const {
  if (table_names.empty()) return std::vector<LakehouseTable>();
  return impl_->read([&](soci::session& session) {
    SqlStatement select(session, std::string(select_tables()) +
                                     "WHERE tenant_id = :tenant AND table_name IN " +
                                     list_of_parameters("name", table_names.size()) +
                                     " ORDER BY schema_name, table_name");
    select.bind(tenant.value);
    for (const std::string& name : table_names) select.bind(name);
    return tables_of(select);
  });
}

Result<void> Store::delete_lakehouse_table(const TenantId& tenant, std::string_view schema_name,
                                           std::string_view table_name) {
  return impl_->write([&](soci::session& session) -> Result<void> {
    SqlStatement(session,
                 "DELETE FROM lakehouse_tables WHERE tenant_id = :tenant AND schema_name = :schema "
                 "AND table_name = :table")
        .bind(tenant.value)
        .bind(schema_name)
        .bind(table_name)
        .run();
    return {};
  });
}

}  // namespace sluice::metadata
