// Store: profiles, and which versions still lack one.
#include "metadata/rows/dataset_rows.h"
#include "metadata/rows/store_impl.h"
#include "metadata/sql/statement.h"
#include "metadata/store.h"
#include "metadata/transitions.h"

namespace sluice::metadata {

Result<std::vector<UnprofiledVersion>> Store::due_profiles(Micros now_us) const {
  return impl_->read([&](soci::session& session) -> Result<std::vector<UnprofiledVersion>> {
    UnprofiledVersion found;
    VersionRow row;
    SqlStatement select(session,
                        "SELECT v.dataset_id, v.owner, v.profile_attempts, " +
                            std::string(VersionRow::columns()) +
                            " FROM (SELECT v.*, d.tenant_id AS owner, ROW_NUMBER() OVER "
                            "(PARTITION BY d.tenant_id ORDER BY v.bytes, v.created_at_us, "
                            "v.dataset_id, v.version) AS place FROM dataset_versions v "
                            "JOIN datasets d ON d.dataset_id = v.dataset_id "
                            "JOIN sync_states s ON s.dataset_id = v.dataset_id "
                            "WHERE v.profiled_at_us = 0 AND v.next_profile_at_us <= :now "
                            "AND d.deleted_at_us IS NULL AND (v.version = d.current_version "
                            "OR v.version = s.wanted_version)) v "
                            "WHERE v.place = 1 ORDER BY v.created_at_us, v.dataset_id");
    select.bind(now_us).out(found.dataset_id).out(found.tenant.value).out(found.attempts);
    row.out_of(select);
    std::vector<UnprofiledVersion> due;
    while (select.next()) {
      TRY_ASSIGN(found.version, row.value());
      due.push_back(found);
    }
    return due;
  });
}

Result<std::int64_t> Store::go_on_without_profiles(Micros waiting_since_us) {
  constexpr std::string_view waiting_longer =
      "status = 'pending' AND waiting_for = 'profile' AND waiting_since_us <= :since";
  // This is asked every second: mostly there is none, and then nothing should be locked.
  TRY_ASSIGN(const bool any, impl_->read([&](soci::session& session) -> Result<bool> {
    std::int64_t one = 0;
    SqlStatement select(session, "SELECT 1 FROM sync_states WHERE " + std::string(waiting_longer));
    return select.bind(waiting_since_us).out(one).next();
  }));
  if (!any) return 0;
  return impl_->write([&](soci::session& session) -> Result<std::int64_t> {
    return SqlStatement(session,
                        "UPDATE sync_states SET waiting_for = 'dispatcher', "
                        "waiting_since_us = :now WHERE " +
                            std::string(waiting_longer))
        .bind(impl_->clock.now_us())
        .bind(waiting_since_us)
        .run();
  });
}

Result<void> Store::profiling_began(std::string_view dataset_id, std::int64_t version,
                                    Micros next_at_us) {
  return impl_->write([&](soci::session& session) -> Result<void> {
    SqlStatement(session,
                 "UPDATE dataset_versions SET profile_attempts = profile_attempts + 1, "
                 "next_profile_at_us = :next WHERE dataset_id = :id AND version = :version")
        .bind(next_at_us)
        .bind(dataset_id)
        .bind(version)
        .run();
    return {};
  });
}

Result<void> Store::profiling_stopped(std::string_view dataset_id, std::int64_t version) {
  return impl_->write([&](soci::session& session) -> Result<void> {
    SqlStatement(session,
                 "UPDATE dataset_versions SET profile_attempts = profile_attempts - 1, "
                 "next_profile_at_us = 0 WHERE dataset_id = :id AND version = :version "
                 "AND profiled_at_us = 0")
        .bind(dataset_id)
        .bind(version)
        .run();
    return {};
  });
}

Result<bool> Store::save_profile(std::string_view dataset_id, std::int64_t version,
                                 std::string_view profile_json) {
  return impl_->write([&](soci::session& session) -> Result<bool> {
    Result<DatasetRecord> record =
        lock_and_load(impl_->engine(), session, dataset_id, std::nullopt);
    if (!record && record.error().kind == Errc::not_found) return false;
    if (!record) return fail(std::move(record).error());
    const Micros now_us = impl_->clock.now_us();
    const std::int64_t changed =
        SqlStatement(session,
                     "UPDATE dataset_versions SET profiled_at_us = :at WHERE dataset_id = :id "
                     "AND version = :version AND profiled_at_us = 0")
            .bind(now_us)
            .bind(dataset_id)
            .bind(version)
            .run();
    if (changed == 0) return false;
    if (!profile_json.empty()) {
      SqlStatement(session,
                   "INSERT INTO dataset_profiles (dataset_id, version, profile_json) "
                   "VALUES (:id, :version, :profile)")
          .bind(dataset_id)
          .bind(version)
          .bind(profile_json)
          .run();
    }
    apply_profiled(record->sync, version, now_us);
    save_sync(session, dataset_id, record->sync);
    return true;
  });
}

Result<std::string> Store::get_profile(std::string_view dataset_id, std::int64_t version) const {
  return impl_->read([&](soci::session& session) -> Result<std::string> {
    std::string profile;
    SqlStatement select(session,
                        "SELECT profile_json FROM dataset_profiles WHERE dataset_id = :id "
                        "AND version = :version");
    // No row leaves it empty.
    select.bind(dataset_id).bind(version).out(profile).next();
    return profile;
  });
}

}  // namespace sluice::metadata
