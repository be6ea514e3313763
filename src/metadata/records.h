#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "dataset/dataset.h"
#include "dataset/sync_cost.h"
#include "dataset/sync_status.h"

/// What the metadata store takes and gives beside the nouns of `dataset/`: plain values.
///
/// The words of the enumerators (`name_of`) stand in stored databases, in the inputs of workflows
/// that run, and in answers of the API: add one, never change one.
namespace sluice::metadata {

/// What the outbox asks of the dataset's workflow.
enum class WantKind {
  sync,    ///< Carry this version over, unless it is there already.
  resync,  ///< Carry it over again whatever is there.
  drop,    ///< Drop the lakehouse tables.
};
std::string_view name_of(WantKind kind);
std::optional<WantKind> parse_want_kind(std::string_view name);

/// A want. Callers of the store set `kind`; the store fills in the rest, which only it knows for
/// sure.
struct Want {
  WantKind kind = WantKind::sync;
  std::string dataset_id = {};  // `= {}` lets `Want{.kind = …}` compile without a warning.
  TenantId tenant = {};
  std::int64_t version = 0;
  std::string sha256 = {};  ///< Of that version's Parquet file.
  std::string table_name = {};
};

/// What the store knows of a want that somebody brings.
enum class WantProof {
  genuine,  ///< It was asked for in these very words, and has not ended.
  ended,    ///< Its run, or that of a later want, has ended.
  gone,     ///< Its dataset was deleted.
  refused,  ///< Nobody asked for it, or not in these words: it must not be obeyed.
};

struct ProvenWant {
  WantProof proof = WantProof::refused;
  std::string why = {};      ///< Why it is not genuine.
  bool is_recorded = false;  ///< Not one from before wants were recorded.
  Micros asked_at_us = 0;    ///< Of a recorded one.
  /// Genuine only where the workflow's run began before this: a drop whose dataset was gone before
  /// wants were recorded.
  std::optional<Micros> run_began_before_us = std::nullopt;
};

/// A want that Temporal was given.
struct SentWant {
  std::int64_t order = 0;
  WantKind kind = WantKind::sync;
  std::string dataset_id = {};
  TenantId tenant = {};
};

struct OutboxRow {
  std::int64_t id = 0;  ///< Grows with each want of the whole store and is never used again.
  Want want;
  Micros created_at_us = 0;
  Micros next_try_at_us = 0;
  std::int64_t tries = 0;
  std::string last_error;
};

struct OutboxDepth {
  std::int64_t rows = 0;
  std::optional<Micros> oldest_created_at_us;
};

struct NewDataset {
  std::string id;  ///< UUIDv7.
  TenantId tenant;
  std::string name;
  std::string description;
  bool sync_enabled = true;
};

/// A sync state with what only the sync itself needs.
struct SyncRecord {
  SyncState state;
  /// The newest version asked for; none after a drop request, or where nothing was ever wanted.
  std::optional<std::int64_t> wanted_version;
  std::string synced_sha256;  ///< Of synced_version; empty when there is none.
  /// The want whose run ended last, by its order: a later want may begin, a zombie of this one not.
  std::int64_t last_ended_order = 0;
};

struct DatasetRecord {
  Dataset dataset;
  SyncRecord sync;
};

/// Where a page of the list ended; newest first.
struct DatasetCursor {
  Micros created_at_us = 0;
  std::string id;
};

struct DatasetPage {
  std::vector<DatasetRecord> datasets;
  std::optional<DatasetCursor> next;  ///< Empty on the last page.
};

/// A Parquet file that some version was stored in, also of a deleted dataset.
struct StoredFile {
  std::string name;
  bool needed = true;
};

/// A version whose profile is not made yet.
struct UnprofiledVersion {
  std::string dataset_id;
  TenantId tenant;
  DatasetVersion version;
  std::int64_t attempts = 0;  ///< Begun so far and not ended by our own end.
};

/// Whose file this is.
struct FileOwner {
  Dataset dataset;
  DatasetVersion version;
};

/// A run of the workflow, as its marks name it.
struct RunOf {
  std::int64_t version = 0;
  std::int64_t order = 0;          ///< OutboxRow::id of the want that it carries.
  WantKind kind = WantKind::sync;  ///< Of that want: a drop's run is of no version.
};

/// Why a sync waits; see Store::mark_waiting.
struct Waiting {
  std::string waiting_for;  ///< `profile`, `dispatcher`, `temporal`, `worker`, `mcp`, `retry`.
  std::optional<Micros> next_attempt_at_us;  ///< Empty clears it.
  std::optional<std::string> last_error;     ///< Empty keeps the one that is there.
  std::int64_t attempts = 0;                 ///< Used so far for the wanted version.
  std::string error_class = "transient";     ///< Of last_error.
};

/// What both tables hold after a sync.
struct SyncedResult {
  std::int64_t version = 0;
  std::string sha256;
  std::string lakehouse;    ///< `local` or `databricks`.
  std::string bronze_kind;  ///< `external` or `managed`.
  std::string bronze_table;
  std::string silver_table;
  std::int64_t row_count_bronze = 0;
  std::int64_t row_count_silver = 0;
  std::int64_t rows_quarantined = 0;
  std::int64_t duplicates_removed = 0;
};

/// What became of a guarded update. All three are answers, not errors: they are how races end well.
enum class TransitionResult {
  applied,
  superseded,  ///< Something newer is wanted; what was learnt is kept.
  refused,     ///< The table of transitions has no such step; nothing was changed.
};

/// One want carried by the workflow, for the history that people read and for what it cost.
struct SyncRun {
  std::string id;  ///< Chosen by the caller: the workflow's run and the want's order.
  std::string dataset_id;
  TenantId tenant;
  std::int64_t version = 0;
  Micros started_at_us = 0;
  std::optional<Micros> ended_at_us;
  /// `running`, `synced`, `failed`, `dropped`; `superseded` where something newer, or the end of
  /// the dataset, made it void.
  std::string outcome;
  std::string error;
  std::int64_t attempts = 0;
  SyncCost cost;  ///< Of every step that ended, failed ones and repeated ones included.
  /// Of this report among those of the run, chosen by the caller: told twice, its cost counts once.
  /// Empty: it counts each time. Not part of what list_sync_runs gives.
  std::string report_id = {};
};

/// What a tenant's runs came to.
struct Usage {
  std::int64_t runs = 0;
  SyncCost cost;
};

/// One table of the local lakehouse's catalogue. Key: tenant, schema_name, table_name.
struct LakehouseTable {
  TenantId tenant;
  std::string schema_name;  ///< `bronze`, `silver`.
  std::string table_name;
  std::string dataset_id;
  std::int64_t version = 0;
  std::string kind;       ///< `external` or `managed`.
  std::string location;   ///< Folder of the Delta table.
  std::string data_file;  ///< Relative to `location`.
  std::int64_t row_count = 0;
  std::vector<Column> columns;
  std::string sha256 = {};   ///< Of data_file; empty until it is known.
  Micros updated_at_us = 0;  ///< Set by the store.
};

/// Which of a dataset's files. `packed_source` is the same file as `source` in another form, and
/// goes by its name: read back it is `source`.
enum class FileKind { data, rejects, source, packed_source, bronze, silver, quarantine };
std::string_view name_of(FileKind kind);
/// `data` for a word that is none of them.
FileKind parse_file_kind(std::string_view name);

/// The files of a version that is current or wanted, to be verified.
struct UnverifiedVersion {
  std::string dataset_id;
  DatasetVersion version;
};

/// A file that is not what was written.
struct Damage {
  std::string dataset_id;
  TenantId tenant;
  FileKind kind = FileKind::data;
  std::string file;  ///< A flat name; of a lakehouse table the path of its data file.
  Micros found_at_us = 0;
};

}  // namespace sluice::metadata
