// What stored files have to be, when that was verified, and which are not.
#include "metadata/rows/dataset_rows.h"
#include "metadata/rows/store_impl.h"
#include "metadata/sql/statement.h"
#include "metadata/store.h"

namespace sluice::metadata {
namespace {

/// The files that a current version or a lakehouse table names; `f` is a row of damaged_files.
constexpr char still_named[] =
    "(EXISTS (SELECT 1 FROM datasets d JOIN dataset_versions v ON v.dataset_id = d.dataset_id "
    "AND v.version = d.current_version WHERE d.dataset_id = f.dataset_id "
    "AND d.deleted_at_us IS NULL AND f.file IN (v.file_name, v.rejects_file, v.source_file)) "
    "OR EXISTS (SELECT 1 FROM lakehouse_tables t WHERE t.tenant_id = f.tenant_id "
    "AND t.location || '/' || t.data_file = f.file))";

const char* update_of(FileKind kind) {
  switch (kind) {
    case FileKind::rejects:
      return "UPDATE dataset_versions SET rejects_sha256 = :sha256 "
             "WHERE rejects_file = :file AND rejects_sha256 = ''";
    case FileKind::source:
      return "UPDATE dataset_versions SET source_sha256 = :sha256 "
             "WHERE source_file = :file AND source_sha256 = ''";
    case FileKind::packed_source:
      // Another packing of the same bytes may be another file.
      return "UPDATE dataset_versions SET packed_sha256 = :sha256 WHERE source_file = :file";
    default:
      return "UPDATE lakehouse_tables SET sha256 = :sha256 "
             "WHERE location || '/' || data_file = :file AND sha256 = ''";
  }
}

std::optional<Damage> owner_among_versions(soci::session& session, std::string_view file) {
  Damage found;
  std::string name;
  std::string rejects;
  SqlStatement select(session,
                      "SELECT v.dataset_id, d.tenant_id, v.file_name, v.rejects_file "
                      "FROM dataset_versions v JOIN datasets d ON d.dataset_id = v.dataset_id "
                      "AND d.current_version = v.version WHERE d.deleted_at_us IS NULL "
                      "AND (v.file_name = :name OR v.rejects_file = :rejects OR v.source_file = "
                      ":source)");
  select.bind(file).bind(file).bind(file);
  select.out(found.dataset_id).out(found.tenant.value).out(name).out(rejects);
  if (!select.next()) return std::nullopt;
  found.kind = file == name      ? FileKind::data
               : file == rejects ? FileKind::rejects
                                 : FileKind::source;
  return found;
}

std::optional<Damage> owner_among_tables(soci::session& session, std::string_view file) {
  Damage found;
  std::string schema_name;
  std::string table_name;
  SqlStatement select(session,
                      "SELECT dataset_id, tenant_id, schema_name, table_name FROM lakehouse_tables "
                      "WHERE location || '/' || data_file = :file");
  select.bind(file).out(found.dataset_id).out(found.tenant.value).out(schema_name).out(table_name);
  if (!select.next()) return std::nullopt;
  found.kind = schema_name == "bronze"               ? FileKind::bronze
               : table_name.ends_with("_quarantine") ? FileKind::quarantine
                                                     : FileKind::silver;
  return found;
}

}  // namespace

Result<void> Store::record_digest(FileKind kind, std::string_view file, std::string_view sha256) {
  return impl_->write([&](soci::session& session) -> Result<void> {
    SqlStatement(session, update_of(kind)).bind(sha256).bind(file).run();
    return {};
  });
}

Result<std::vector<UnverifiedVersion>> Store::unverified_versions(Micros since_us,
                                                                  std::int64_t limit) const {
  return impl_->read([&](soci::session& session) -> Result<std::vector<UnverifiedVersion>> {
    UnverifiedVersion found;
    VersionRow row;
    SqlStatement select(session,
                        "SELECT v.dataset_id, " + std::string(VersionRow::columns()) +
                            " FROM dataset_versions v "
                            "JOIN datasets d ON d.dataset_id = v.dataset_id "
                            "JOIN sync_states s ON s.dataset_id = v.dataset_id "
                            "WHERE v.verified_at_us < :since AND d.deleted_at_us IS NULL "
                            "AND (v.version = d.current_version OR v.version = s.wanted_version) "
                            "ORDER BY v.verified_at_us LIMIT :limit");
    select.bind(since_us).bind(limit).out(found.dataset_id);
    row.out_of(select);
    std::vector<UnverifiedVersion> versions;
    while (select.next()) {
      TRY_ASSIGN(found.version, row.value());
      versions.push_back(found);
    }
    return versions;
  });
}

Result<std::vector<LakehouseTable>> Store::unverified_tables(Micros since_us,
                                                             std::int64_t limit) const {
  return impl_->read([&](soci::session& session) {
    SqlStatement select(session, std::string(select_tables()) +
                                     "WHERE verified_at_us < :since "
                                     "ORDER BY verified_at_us LIMIT :limit");
    select.bind(since_us).bind(limit);
    return tables_of(select);
  });
}

Result<void> Store::version_verified(std::string_view dataset_id, std::int64_t version) {
  return impl_->write([&](soci::session& session) -> Result<void> {
    SqlStatement(session,
                 "UPDATE dataset_versions SET verified_at_us = :at WHERE dataset_id = :id "
                 "AND version = :version")
        .bind(impl_->clock.now_us())
        .bind(dataset_id)
        .bind(version)
        .run();
    return {};
  });
}

Result<void> Store::table_verified(const LakehouseTable& table) {
  return impl_->write([&](soci::session& session) -> Result<void> {
    SqlStatement(session,
                 "UPDATE lakehouse_tables SET verified_at_us = :at WHERE tenant_id = :tenant "
                 "AND schema_name = :schema AND table_name = :table AND data_file = :file")
        .bind(impl_->clock.now_us())
        .bind(table.tenant.value)
        .bind(table.schema_name)
        .bind(table.table_name)
        .bind(table.data_file)
        .run();
    return {};
  });
}

Result<std::optional<Damage>> Store::note_damage(std::string_view file) {
  return impl_->write([&](soci::session& session) -> Result<std::optional<Damage>> {
    // What nothing names any more says nothing; it goes with the next that is found.
    SqlStatement(session, std::string("DELETE FROM damaged_files WHERE file IN "
                                      "(SELECT f.file FROM damaged_files f WHERE NOT ") +
                              still_named + ")")
        .run();
    std::optional<Damage> found = owner_among_versions(session, file);
    if (!found) found = owner_among_tables(session, file);
    if (!found) return std::nullopt;
    found->file = file;
    found->found_at_us = impl_->clock.now_us();
    const std::int64_t noted =
        SqlStatement(session,
                     "INSERT INTO damaged_files (file, kind, dataset_id, tenant_id, found_at_us) "
                     "VALUES (:file, :kind, :id, :tenant, :at) ON CONFLICT (file) DO NOTHING")
            .bind(found->file)
            .bind(name_of(found->kind))
            .bind(found->dataset_id)
            .bind(found->tenant.value)
            .bind(found->found_at_us)
            .run();
    return noted == 1 ? found : std::nullopt;
  });
}

Result<bool> Store::clear_damage(std::string_view file) {
  // Nearly always there is none: a look takes no lock that others wait for.
  TRY_ASSIGN(const bool noted, impl_->read([&](soci::session& session) -> Result<bool> {
    std::int64_t one = 0;
    SqlStatement select(session, "SELECT 1 FROM damaged_files WHERE file = :file");
    return select.bind(file).out(one).next();
  }));
  if (!noted) return false;
  return impl_->write([&](soci::session& session) -> Result<bool> {
    return SqlStatement(session, "DELETE FROM damaged_files WHERE file = :file").bind(file).run() >
           0;
  });
}

Result<std::vector<Damage>> Store::list_damage(const TenantId& tenant,
                                               std::string_view dataset_id) const {
  return impl_->read([&](soci::session& session) -> Result<std::vector<Damage>> {
    Damage damage;
    std::string kind;
    SqlStatement select(
        session, std::string("SELECT f.dataset_id, f.tenant_id, f.kind, f.file, "
                             "f.found_at_us FROM damaged_files f WHERE f.tenant_id = :tenant ") +
                     (dataset_id.empty() ? "" : "AND f.dataset_id = :id ") + "AND " + still_named +
                     " ORDER BY f.found_at_us, f.file");
    select.bind(tenant.value);
    if (!dataset_id.empty()) select.bind(dataset_id);
    select.out(damage.dataset_id).out(damage.tenant.value).out(kind).out(damage.file);
    select.out(damage.found_at_us);
    std::vector<Damage> all;
    while (select.next()) {
      damage.kind = parse_file_kind(kind);
      all.push_back(damage);
    }
    return all;
  });
}

Result<std::int64_t> Store::count_damage() const {
  return impl_->read([](soci::session& session) -> Result<std::int64_t> {
    std::int64_t count = 0;
    SqlStatement select(session,
                        std::string("SELECT COUNT(*) FROM damaged_files f WHERE ") + still_named);
    select.out(count).next();
    return count;
  });
}

}  // namespace sluice::metadata
