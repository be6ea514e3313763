#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "dataset/dataset.h"
#include "dataset/sync_cost.h"
#include "lakehouse/medallion/plan.h"

namespace sluice::lakehouse {

/// Which content of which dataset goes where. Every step repeats harmlessly for the same (dataset,
/// version, sha256).
struct TableRequest {
  TenantId tenant;
  std::string dataset_id;
  std::int64_t version = 0;
  std::string sha256;  ///< Of the Parquet file.
  std::string table_name;
  std::vector<Column> columns;  ///< Of the Parquet file.
  /// Make the table anew though it says that it holds this content: what a resync by hand asks for.
  bool rebuild = false;
  std::stop_token stop = {};  ///< Ends the work with `cancelled`, within about a second.
  SyncCost* cost = nullptr;   ///< What the step took is added, also where it fails.
};

/// One table after a step.
struct TableState {
  std::string table;      ///< Three-part name.
  std::string kind;       ///< `external` or `managed`.
  std::string location;   ///< Folder or URL.
  std::string data_file;  ///< The one Parquet file of the current version, relative to `location`.
  std::int64_t row_count = 0;
  std::vector<Column> columns;   ///< Without bronze's `_batch`, which is `version` in every row.
  std::int64_t version = 0;      ///< Of the dataset, as requested.
  std::string sha256;            ///< Of the Parquet file that was requested.
  std::string file_sha256 = {};  ///< Of data_file, where that is on this machine and known.
};

/// The tables that a dataset has.
enum class Layer { bronze, silver, quarantine };

/// What making silver came to: bronze rows = silver rows + rows_quarantined + duplicates_removed.
struct SilverState {
  TableState silver;
  std::optional<TableState> quarantine;  ///< Only where rows were left out.
  std::int64_t rows_quarantined = 0;
  std::int64_t duplicates_removed = 0;
};

/// Where bronze and silver tables live. Threads: safe for concurrent use, also by several
/// processes; work on one table is done one after the other. Errors: `resource_exhausted`
/// (`disk_full`), `data_loss` (`landed_file_damaged`, `delta_log_damaged`,
/// `data_damaged`), `conflict`
/// (`table_of_another_dataset`; `newer_version_loaded`, a late call that nobody need repeat;
/// `bronze_changed`), `unavailable` (`table_busy`, `delta_conflict`), `invalid_argument`
/// (`bad_table_name`), `internal`.
class Lakehouse {
 public:
  virtual ~Lakehouse() = default;

  /// `local` or `databricks`.
  virtual std::string kind() const = 0;
  /// The bronze table if it holds this very content already, and need not be rebuilt: nothing need
  /// be fetched then.
  virtual Result<std::optional<TableState>> find_bronze(const TableRequest& request) = 0;
  /// Where to write the Parquet file before load_bronze: a path that no other call is given.
  virtual Result<std::filesystem::path> landing_path(const TableRequest& request) = 0;
  /// Takes the landed file over and makes the bronze table of it.
  virtual Result<TableState> load_bronze(const TableRequest& request,
                                         const std::filesystem::path& landed) = 0;
  /// Makes the silver table from bronze's current content, which must be that of the request.
  virtual Result<SilverState> load_silver(const TableRequest& request,
                                          const medallion::Plan& plan) = 0;
  /// The table as it stands; empty where there is none, or no quarantined row.
  virtual Result<std::optional<TableState>> find_table(const TenantId& tenant, Layer layer,
                                                       const std::string& table_name) = 0;
  /// Drops bronze, silver and quarantine with their files; of the request only tenant, dataset,
  /// table and stop count. Absent is success.
  virtual Result<void> drop_tables(const TableRequest& request) = 0;
};

}  // namespace sluice::lakehouse
