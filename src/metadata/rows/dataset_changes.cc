// What changes datasets: creating, new versions, deleting.
#include "dataset/names.h"
#include "metadata/error_codes.h"
#include "metadata/rows/dataset_rows.h"
#include "metadata/rows/locks.h"
#include "metadata/rows/store_impl.h"
#include "metadata/rows/upload_rows.h"
#include "metadata/sql/statement.h"
#include "metadata/store.h"
#include "metadata/transitions.h"

namespace sluice::metadata {
namespace {

/// All names that the tables of a dataset with this table name may have, whichever schema they lie
/// in.
std::vector<std::string> names_taken_by(const std::string& table_name) {
  return {table_name, table_name + "_clean", table_name + "_quarantine"};
}

bool is_taken(soci::session& session, const TenantId& tenant, const std::string& name) {
  std::int64_t one = 0;
  SqlStatement select(session,
                      "SELECT 1 FROM table_names WHERE tenant_id = :tenant AND name = :name");
  return select.bind(tenant.value).bind(name).out(one).next();
}

/// The first number that was not handed out behind `base` yet; 1 stands for no number at all.
std::int64_t first_free_suffix(soci::session& session, const TenantId& tenant,
                               const std::string& base) {
  std::int64_t last = 0;
  SqlStatement select(
      session, "SELECT last_suffix FROM table_names WHERE tenant_id = :tenant AND name = :name");
  return select.bind(tenant.value).bind(base).out(last).next() ? last + 1 : 1;
}

/// Chooses and takes a table name. The tenant is locked, so no one else chooses meanwhile.
std::string take_table_name(soci::session& session, const NewDataset& dataset) {
  const std::string base = table_name_from(dataset.name);
  for (std::int64_t n = first_free_suffix(session, dataset.tenant, base);; ++n) {
    const std::string suffix = n == 1 ? "" : "_" + std::to_string(n);
    std::string name = base.substr(0, table_name_bytes_max - suffix.size()) + suffix;
    bool free = true;
    for (const std::string& taken : names_taken_by(name)) {
      free = free && !is_taken(session, dataset.tenant, taken);
    }
    if (!free) continue;
    for (const std::string& taken : names_taken_by(name)) {
      SqlStatement(session,
                   "INSERT INTO table_names (tenant_id, name, dataset_id, last_suffix) "
                   "VALUES (:tenant, :name, :id, 1)")
          .bind(dataset.tenant.value)
          .bind(taken)
          .bind(dataset.id)
          .run();
    }
    SqlStatement(
        session,
        "UPDATE table_names SET last_suffix = :n WHERE tenant_id = :tenant AND name = :name")
        .bind(n)
        .bind(dataset.tenant.value)
        .bind(base)
        .run();
    return name;
  }
}

}  // namespace

Result<Dataset> Store::create_dataset(const NewDataset& dataset, DatasetVersion version,
                                      const std::optional<Want>& want, const SyncState& initial,
                                      std::string_view upload_id) {
  const auto change = [&](soci::session& session) -> Result<Dataset> {
    lock_tenant(impl_->engine(), session, dataset.tenant);
    if (!upload_id.empty()) TRY(settle_upload(session, upload_id));
    const Micros now_us = impl_->clock.now_us();
    version.version = 1;
    version.created_at_us = now_us;
    Dataset made;
    made.id = dataset.id;
    made.tenant = dataset.tenant;
    made.name = dataset.name;
    made.description = dataset.description;
    made.table_name = take_table_name(session, dataset);
    made.sync_enabled = dataset.sync_enabled;
    made.created_at_us = now_us;
    made.updated_at_us = now_us;
    made.current = version;
    SqlStatement(
        session,
        "INSERT INTO datasets (dataset_id, tenant_id, name, description, table_name, "
        "sync_enabled, current_version, created_at_us, updated_at_us) VALUES (:id, :tenant, "
        ":name, :description, :table, :enabled, 1, :created, :updated)")
        .bind(made.id)
        .bind(made.tenant.value)
        .bind(made.name)
        .bind(made.description)
        .bind(made.table_name)
        .bind(std::int64_t{made.sync_enabled ? 1 : 0})
        .bind(now_us)
        .bind(now_us)
        .run();
    insert_version(session, made.id, version);
    SyncRecord sync;
    sync.state = initial;
    if (want) {
      apply_wanted(sync, version.version, true, now_us, version.profiled_at_us != 0);
      insert_want(impl_->engine(), session, want->kind, made, now_us);
    }
    insert_sync(session, made.id, sync);
    return made;
  };
  return impl_->write(change, "create_dataset");
}

Result<Dataset> Store::add_version(const TenantId& tenant, std::string_view dataset_id,
                                   DatasetVersion version, const std::optional<Want>& want,
                                   std::string_view upload_id,
                                   std::optional<std::int64_t> follows) {
  const auto change = [&](soci::session& session) -> Result<Dataset> {
    lock_dataset(impl_->engine(), session, dataset_id);
    if (!upload_id.empty()) TRY(settle_upload(session, upload_id));
    TRY_ASSIGN(DatasetRecord record, load_dataset(session, dataset_id, tenant));
    if (follows && record.dataset.current.version != *follows) {
      return fail(Errc::conflict, Code::version_replaced,
                  "Version " + std::to_string(*follows) + " was replaced by version " +
                      std::to_string(record.dataset.current.version) + " meanwhile.",
                  "Look at the new version, and send the request again if it is still wanted.");
    }
    const Micros now_us = impl_->clock.now_us();
    Dataset& dataset = record.dataset;
    version.version = dataset.current.version + 1;
    version.created_at_us = now_us;
    dataset.current = version;
    dataset.updated_at_us = now_us;
    insert_version(session, dataset_id, version);
    // The one before may be wanted still.
    SqlStatement(session,
                 "DELETE FROM dataset_profiles WHERE dataset_id = :id AND version < :before")
        .bind(dataset_id)
        .bind(version.version - 1)
        .run();
    SqlStatement(session,
                 "UPDATE datasets SET current_version = :version, updated_at_us = :at "
                 "WHERE dataset_id = :id")
        .bind(version.version)
        .bind(now_us)
        .bind(dataset_id)
        .run();
    if (want) {
      apply_wanted(record.sync, version.version, true, now_us, version.profiled_at_us != 0);
      insert_want(impl_->engine(), session, want->kind, dataset, now_us);
    } else {
      apply_unwanted_version(record.sync);
    }
    save_sync(session, dataset_id, record.sync);
    return dataset;
  };
  return impl_->write(change, "add_version");
}

Result<std::vector<std::string>> Store::delete_dataset(const TenantId& tenant,
                                                       std::string_view dataset_id,
                                                       const std::optional<Want>& drop) {
  const auto change = [&](soci::session& session) -> Result<std::vector<std::string>> {
    TRY_ASSIGN(const DatasetRecord record,
               lock_and_load(impl_->engine(), session, dataset_id, tenant));
    const Micros now_us = impl_->clock.now_us();
    SqlStatement(session, "UPDATE datasets SET deleted_at_us = :at WHERE dataset_id = :id")
        .bind(now_us)
        .bind(dataset_id)
        .run();
    SqlStatement(session, "DELETE FROM dataset_profiles WHERE dataset_id = :id")
        .bind(dataset_id)
        .run();
    // A drop that was asked for before is still to be done.
    SqlStatement(session, "DELETE FROM wants WHERE dataset_id = :id AND kind <> 'drop'")
        .bind(dataset_id)
        .run();
    if (drop) insert_want(impl_->engine(), session, WantKind::drop, record.dataset, now_us);
    std::vector<std::string> names;
    std::string name;
    std::string source;
    std::string rejects;
    SqlStatement select(session,
                        "SELECT file_name, source_file, rejects_file FROM dataset_versions "
                        "WHERE dataset_id = :id ORDER BY version");
    select.bind(dataset_id).out(name).out(source).out(rejects);
    while (select.next()) {
      for (const std::string& file : {name, source, rejects}) {
        if (!file.empty()) names.push_back(file);
      }
    }
    return names;
  };
  return impl_->making_room([&] { return impl_->write(change, "delete_dataset"); });
}

}  // namespace sluice::metadata
