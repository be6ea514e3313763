#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "metadata/records.h"
#include "metadata/sql/database_engine.h"
#include "metadata/sql/statement.h"

/// Rows to nouns and back: shared by the parts of the store. Everything here throws
/// soci::soci_error, and works on the session that it is given: one thread, within its transaction.
namespace sluice::metadata {

/// A DatasetVersion as it lies in `dataset_versions v`.
class VersionRow {
 public:
  static std::string_view columns();
  void out_of(SqlStatement& statement);
  Result<DatasetVersion> value() const;

 private:
  DatasetVersion version_;
  std::string columns_json_;
};

/// A SyncRecord as it lies in `sync_states s`.
class SyncRow {
 public:
  static std::string_view columns();
  void out_of(SqlStatement& statement);
  Result<SyncRecord> value() const;

 private:
  SyncRecord record_;
  std::string status_;
};

/// A DatasetRecord over `datasets d`, its current version `v` and its sync state `s`.
class DatasetRow {
 public:
  /// `SELECT … FROM datasets d JOIN …`; a WHERE is to follow.
  static std::string select();
  void out_of(SqlStatement& statement);
  Result<DatasetRecord> value() const;

 private:
  Dataset dataset_;
  std::int64_t sync_enabled_ = 0;
  VersionRow version_;
  SyncRow sync_;
};

/// `SELECT … FROM lakehouse_tables `; a WHERE is to follow. And all rows of it.
std::string_view select_tables();
Result<std::vector<LakehouseTable>> tables_of(SqlStatement& select);

/// The dataset if it exists and is not deleted, and is this tenant's where one is given.
Result<DatasetRecord> load_dataset(soci::session& session, std::string_view dataset_id,
                                   const std::optional<TenantId>& tenant);

/// The same in a write: locked first, so that what is loaded stays true until the commit.
Result<DatasetRecord> lock_and_load(const Engine& engine, soci::session& session,
                                    std::string_view dataset_id,
                                    const std::optional<TenantId>& tenant);

/// What every absent, deleted or foreign dataset looks like.
tl::unexpected<Error> no_such_dataset(std::string_view dataset_id);

void insert_version(soci::session& session, std::string_view dataset_id,
                    const DatasetVersion& version);
/// Of a new dataset.
void insert_sync(soci::session& session, std::string_view dataset_id, const SyncRecord& record);
/// Writes the whole row, which create_dataset has made.
void save_sync(soci::session& session, std::string_view dataset_id, const SyncRecord& record);
/// Puts the want about the dataset's current version into the outbox, due at once, and notes that
/// it was asked for.
void insert_want(const Engine& engine, soci::session& session, WantKind kind,
                 const Dataset& dataset, Micros now_us);
/// See Store::record_sync_run and Store::supersede_sync_run.
void save_sync_run(soci::session& session, const SyncRun& run, Micros now_us);
void supersede_run(soci::session& session, std::string_view dataset_id, std::string_view run_id,
                   Micros now_us);
/// Forgets what was asked for up to this order: its run has ended. Runs of earlier wants that are
/// recorded without an end were overtaken by it, whether anybody told so or not.
void erase_wants(soci::session& session, std::string_view dataset_id, std::int64_t order,
                 Micros now_us);

}  // namespace sluice::metadata
