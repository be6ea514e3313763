#include "metadata/rows/dataset_rows.h"

#include "base/ids.h"
#include "metadata/error_codes.h"
#include "metadata/rows/columns_json.h"
#include "metadata/rows/locks.h"

namespace sluice::metadata {

std::string_view VersionRow::columns() {
  return "v.version, v.file_name, v.sha256, v.bytes, v.row_count, v.columns_json, "
         "v.silver_plan_json, v.source_format, v.created_at_us, "
         "v.source_name, v.source_file, v.source_bytes, v.ingest_json, v.rows_rejected, "
         "v.rejects_file, v.profiled_at_us, v.rejects_sha256, v.source_sha256, v.packed_sha256";
}

void VersionRow::out_of(SqlStatement& statement) {
  statement.out(version_.version)
      .out(version_.file_name)
      .out(version_.sha256)
      .out(version_.bytes)
      .out(version_.row_count)
      .out(columns_json_)
      .out(version_.silver_plan_json)
      .out(version_.source_format)
      .out(version_.created_at_us)
      .out(version_.source_name)
      .out(version_.source_file)
      .out(version_.source_bytes)
      .out(version_.ingest_json)
      .out(version_.rows_rejected)
      .out(version_.rejects_file)
      .out(version_.profiled_at_us)
      .out(version_.rejects_sha256)
      .out(version_.source_sha256)
      .out(version_.packed_sha256);
}

Result<DatasetVersion> VersionRow::value() const {
  DatasetVersion version = version_;
  TRY_ASSIGN(version.columns, columns_from_json(columns_json_));
  return version;
}

std::string_view SyncRow::columns() {
  return "s.status, s.waiting_for, s.waiting_since_us, s.next_attempt_at_us, s.lakehouse, "
         "s.bronze_kind, s.bronze_table, s.silver_table, s.synced_version, s.synced_sha256, "
         "s.last_sync_at_us, s.last_sync_error, s.last_sync_error_class, s.row_count_bronze, "
         "s.row_count_silver, "
         "s.rows_quarantined, s.duplicates_removed, s.attempts, s.wanted_version, s.settled_order";
}

void SyncRow::out_of(SqlStatement& statement) {
  SyncState& state = record_.state;
  statement.out(status_)
      .out(state.waiting_for)
      .out(state.waiting_since_us)
      .out(state.next_attempt_at_us)
      .out(state.lakehouse)
      .out(state.bronze_kind)
      .out(state.bronze_table)
      .out(state.silver_table)
      .out(state.synced_version)
      .out(record_.synced_sha256)
      .out(state.last_sync_at_us)
      .out(state.last_sync_error)
      .out(state.last_sync_error_class)
      .out(state.row_count_bronze)
      .out(state.row_count_silver)
      .out(state.rows_quarantined)
      .out(state.duplicates_removed)
      .out(state.attempts)
      .out(record_.wanted_version)
      .out(record_.last_ended_order);
}

Result<SyncRecord> SyncRow::value() const {
  const std::optional<SyncStatus> status = parse_sync_status(status_);
  if (!status) {
    return fail(Errc::data_loss, Code::metadata_status_damaged,
                "A stored sync status is none that this Sluice knows.");
  }
  SyncRecord record = record_;
  record.state.status = *status;
  return record;
}

std::string DatasetRow::select() {
  return "SELECT d.dataset_id, d.tenant_id, d.name, d.description, d.table_name, d.sync_enabled, "
         "d.created_at_us, d.updated_at_us, " +
         std::string(VersionRow::columns()) + ", " + std::string(SyncRow::columns()) +
         " FROM datasets d"
         " JOIN dataset_versions v ON v.dataset_id = d.dataset_id AND v.version = d.current_version"
         " JOIN sync_states s ON s.dataset_id = d.dataset_id";
}

void DatasetRow::out_of(SqlStatement& statement) {
  statement.out(dataset_.id)
      .out(dataset_.tenant.value)
      .out(dataset_.name)
      .out(dataset_.description)
      .out(dataset_.table_name)
      .out(sync_enabled_)
      .out(dataset_.created_at_us)
      .out(dataset_.updated_at_us);
  version_.out_of(statement);
  sync_.out_of(statement);
}

Result<DatasetRecord> DatasetRow::value() const {
  DatasetRecord record{dataset_, {}};
  record.dataset.sync_enabled = sync_enabled_ != 0;
  TRY_ASSIGN(record.dataset.current, version_.value());
  TRY_ASSIGN(record.sync, sync_.value());
  return record;
}

Result<DatasetRecord> load_dataset(soci::session& session, std::string_view dataset_id,
                                   const std::optional<TenantId>& tenant) {
  DatasetRow row;
  SqlStatement select(session, DatasetRow::select() +
                                   " WHERE d.dataset_id = :id AND d.deleted_at_us IS NULL" +
                                   (tenant ? " AND d.tenant_id = :tenant" : ""));
  select.bind(dataset_id);
  if (tenant) select.bind(tenant->value);
  row.out_of(select);
  if (!select.next()) return no_such_dataset(dataset_id);
  return row.value();
}

Result<DatasetRecord> lock_and_load(const Engine& engine, soci::session& session,
                                    std::string_view dataset_id,
                                    const std::optional<TenantId>& tenant) {
  lock_dataset(engine, session, dataset_id);
  return load_dataset(session, dataset_id, tenant);
}

tl::unexpected<Error> no_such_dataset(std::string_view dataset_id) {
  // Only what has the form of an id is repeated; anything else may be any length and content.
  return fail(Errc::not_found, Code::dataset_not_found,
              is_uuid(dataset_id) ? "No dataset " + std::string(dataset_id) + "."
                                  : std::string("No such dataset."),
              "List the datasets to see their ids.");
}

void insert_version(soci::session& session, std::string_view dataset_id,
                    const DatasetVersion& version) {
  SqlStatement(
      session,
      "INSERT INTO dataset_versions (dataset_id, version, file_name, sha256, bytes, "
      "row_count, columns_json, silver_plan_json, source_format, created_at_us, source_name, "
      "source_file, source_bytes, ingest_json, rows_rejected, rejects_file, profiled_at_us, "
      "rejects_sha256, source_sha256, packed_sha256, verified_at_us) VALUES "
      "(:id, :version, :file, :sha256, :bytes, :rows, :columns, :plan, :format, :at, :label, "
      ":source, :source_bytes, :ingest, :rejected, :rejects, :profiled, "
      ":rejects_sha256, :source_sha256, :packed_sha256, :verified)")
      .bind(dataset_id)
      .bind(version.version)
      .bind(version.file_name)
      .bind(version.sha256)
      .bind(version.bytes)
      .bind(version.row_count)
      .bind(columns_to_json(version.columns))
      .bind(version.silver_plan_json)
      .bind(version.source_format)
      .bind(version.created_at_us)
      .bind(version.source_name)
      .bind(version.source_file)
      .bind(version.source_bytes)
      .bind(version.ingest_json)
      .bind(version.rows_rejected)
      .bind(version.rejects_file)
      .bind(version.profiled_at_us)
      .bind(version.rejects_sha256)
      .bind(version.source_sha256)
      .bind(version.packed_sha256)
      // Its digest was taken from what was written.
      .bind(version.created_at_us)
      .run();
}

namespace {

/// In the order of the columns below.
void bind_sync(SqlStatement& statement, const SyncRecord& record) {
  const SyncState& state = record.state;
  statement.bind(name_of(state.status))
      .bind(state.waiting_for)
      .bind(state.waiting_since_us)
      .bind(state.next_attempt_at_us)
      .bind(state.lakehouse)
      .bind(state.bronze_kind)
      .bind(state.bronze_table)
      .bind(state.silver_table)
      .bind(state.synced_version)
      .bind(record.synced_sha256)
      .bind(state.last_sync_at_us)
      .bind(state.last_sync_error)
      .bind(state.last_sync_error_class)
      .bind(state.row_count_bronze)
      .bind(state.row_count_silver)
      .bind(state.rows_quarantined)
      .bind(state.duplicates_removed)
      .bind(state.attempts)
      .bind(record.wanted_version)
      .bind(record.last_ended_order);
}

}  // namespace

void insert_sync(soci::session& session, std::string_view dataset_id, const SyncRecord& record) {
  SqlStatement insert(
      session,
      "INSERT INTO sync_states (status, waiting_for, waiting_since_us, next_attempt_at_us, "
      "lakehouse, bronze_kind, bronze_table, silver_table, synced_version, synced_sha256, "
      "last_sync_at_us, last_sync_error, last_sync_error_class, row_count_bronze, "
      "row_count_silver, rows_quarantined, duplicates_removed, attempts, wanted_version, "
      "settled_order, dataset_id) VALUES (:status, :waiting_for, :since, :next, :lakehouse, "
      ":kind, :bronze, :silver, :version, :sha256, :last, :error, :error_class, "
      ":rows_bronze, :rows_silver, :quarantined, :duplicates, :attempts, :wanted, :ended, "
      ":id)");
  bind_sync(insert, record);
  insert.bind(dataset_id).run();
}

void save_sync(soci::session& session, std::string_view dataset_id, const SyncRecord& record) {
  SqlStatement update(
      session,
      "UPDATE sync_states SET status = :status, waiting_for = :waiting_for, "
      "waiting_since_us = :since, next_attempt_at_us = :next, lakehouse = :lakehouse, "
      "bronze_kind = :kind, bronze_table = :bronze, silver_table = :silver, "
      "synced_version = :version, synced_sha256 = :sha256, last_sync_at_us = :last, "
      "last_sync_error = :error, last_sync_error_class = :error_class, "
      "row_count_bronze = :rows_bronze, row_count_silver = :rows_silver, "
      "rows_quarantined = :quarantined, duplicates_removed = :duplicates, "
      "attempts = :attempts, wanted_version = :wanted, settled_order = :ended "
      "WHERE dataset_id = :id");
  bind_sync(update, record);
  if (update.bind(dataset_id).run() != 1) {
    throw soci::soci_error("a dataset without a row in sync_states");
  }
}

void insert_want(const Engine& engine, soci::session& session, WantKind kind,
                 const Dataset& dataset, Micros now_us) {
  const std::int64_t row_id = engine.next_order(session);
  SqlStatement(session,
               "INSERT INTO outbox (row_id, kind, dataset_id, tenant_id, version, sha256, "
               "table_name, created_at_us, next_try_at_us, tries, last_error) VALUES (:row, :kind, "
               ":id, :tenant, :version, :sha256, :table, :at, :due, 0, '')")
      .bind(row_id)
      .bind(name_of(kind))
      .bind(dataset.id)
      .bind(dataset.tenant.value)
      .bind(dataset.current.version)
      .bind(dataset.current.sha256)
      .bind(dataset.table_name)
      .bind(now_us)
      .bind(now_us)
      .run();
  SqlStatement(
      session,
      "INSERT INTO wants (row_id, kind, dataset_id, tenant_id, version, sha256, table_name, "
      "asked_at_us) SELECT row_id, kind, dataset_id, tenant_id, version, sha256, table_name, "
      "created_at_us FROM outbox WHERE row_id = :row")
      .bind(row_id)
      .run();
}

void erase_wants(soci::session& session, std::string_view dataset_id, std::int64_t order,
                 Micros now_us) {
  // A run's id ends in its want's order.
  SqlStatement(session,
               "UPDATE sync_runs SET ended_at_us = :ended, outcome = 'superseded' "
               "WHERE dataset_id = :id AND ended_at_us IS NULL AND EXISTS "
               "(SELECT 1 FROM wants w WHERE w.dataset_id = sync_runs.dataset_id "
               "AND w.row_id < :order AND sync_runs.run_id LIKE '%/' || CAST(w.row_id AS TEXT))")
      .bind(now_us)
      .bind(dataset_id)
      .bind(order)
      .run();
  SqlStatement(session, "DELETE FROM wants WHERE dataset_id = :id AND row_id <= :order")
      .bind(dataset_id)
      .bind(order)
      .run();
}

}  // namespace sluice::metadata
