// Finding one dataset, version or file.
#include "metadata/error_codes.h"
#include "metadata/rows/dataset_rows.h"
#include "metadata/rows/store_impl.h"
#include "metadata/sql/statement.h"
#include "metadata/store.h"
#include "storage/error_codes.h"

namespace sluice::metadata {

Result<DatasetRecord> Store::get_dataset(const TenantId& tenant,
                                         std::string_view dataset_id) const {
  return impl_->read(
      [&](soci::session& session) { return load_dataset(session, dataset_id, tenant); });
}

Result<DatasetRecord> Store::get_dataset_of_any_tenant(std::string_view dataset_id) const {
  return impl_->read(
      [&](soci::session& session) { return load_dataset(session, dataset_id, std::nullopt); });
}

Result<DatasetVersion> Store::get_version(std::string_view dataset_id, std::int64_t version) const {
  return impl_->read([&](soci::session& session) -> Result<DatasetVersion> {
    VersionRow row;
    SqlStatement select(session, "SELECT " + std::string(VersionRow::columns()) +
                                     " FROM dataset_versions v JOIN datasets d "
                                     "ON d.dataset_id = v.dataset_id WHERE v.dataset_id = :id "
                                     "AND v.version = :version AND d.deleted_at_us IS NULL");
    select.bind(dataset_id).bind(version);
    row.out_of(select);
    if (!select.next()) {
      return fail(Errc::not_found, Code::version_not_found,
                  "No version " + std::to_string(version) + " of this dataset.");
    }
    return row.value();
  });
}

Result<std::vector<DatasetVersion>> Store::list_versions(std::string_view dataset_id) const {
  return impl_->read([&](soci::session& session) -> Result<std::vector<DatasetVersion>> {
    VersionRow row;
    SqlStatement select(session, "SELECT " + std::string(VersionRow::columns()) +
                                     " FROM dataset_versions v JOIN datasets d "
                                     "ON d.dataset_id = v.dataset_id WHERE v.dataset_id = :id "
                                     "AND d.deleted_at_us IS NULL ORDER BY v.version");
    select.bind(dataset_id);
    row.out_of(select);
    std::vector<DatasetVersion> versions;
    while (select.next()) {
      TRY_ASSIGN(DatasetVersion version, row.value());
      versions.push_back(std::move(version));
    }
    if (versions.empty()) return no_such_dataset(dataset_id);
    return versions;
  });
}

Result<FileOwner> Store::find_by_file_name(std::string_view file_name) const {
  return impl_->read([&](soci::session& session) -> Result<FileOwner> {
    VersionRow row;
    std::string dataset_id;
    SqlStatement select(session, "SELECT v.dataset_id, " + std::string(VersionRow::columns()) +
                                     " FROM dataset_versions v WHERE v.file_name = :name");
    select.bind(file_name).out(dataset_id);
    row.out_of(select);
    if (select.next()) {
      Result<DatasetRecord> record = load_dataset(session, dataset_id, std::nullopt);
      if (record) {
        TRY_ASSIGN(DatasetVersion version, row.value());
        return FileOwner{std::move(record->dataset), std::move(version)};
      }
      if (record.error().kind != Errc::not_found) return fail(std::move(record).error());
    }
    return fail(Errc::not_found, storage::Code::file_not_found,
                "No dataset has a file of that name.");
  });
}

Result<std::vector<StoredFile>> Store::list_files(Micros replaced_since_us) const {
  return impl_->read([&](soci::session& session) -> Result<std::vector<StoredFile>> {
    std::vector<StoredFile> files;
    std::string name;
    std::string source;
    std::string rejects;
    std::int64_t needed = 0;
    SqlStatement select(
        session,
        "SELECT v.file_name, v.source_file, v.rejects_file, CASE WHEN d.deleted_at_us IS NULL AND "
        "(later.version IS NULL OR later.created_at_us >= :since "
        "OR v.version = s.wanted_version) THEN 1 ELSE 0 END "
        "FROM dataset_versions v "
        "JOIN datasets d ON d.dataset_id = v.dataset_id "
        "JOIN sync_states s ON s.dataset_id = v.dataset_id "
        "LEFT JOIN dataset_versions later ON later.dataset_id = v.dataset_id "
        "AND later.version = v.version + 1 ORDER BY v.file_name");
    select.bind(replaced_since_us).out(name).out(source).out(rejects).out(needed);
    while (select.next()) {
      for (const std::string& file : {name, source, rejects}) {
        if (!file.empty()) files.push_back({file, needed != 0});
      }
    }
    return files;
  });
}

}  // namespace sluice::metadata
