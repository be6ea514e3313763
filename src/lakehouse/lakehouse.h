#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/result.h"
#include "lakehouse/contract/tables.h"
#include "lakehouse/medallion/silver_plan.h"

namespace sluice::lakehouse {

/// The tables that a dataset has.
enum class Layer { bronze, silver, quarantine };

/// Where bronze and silver tables live. Threads: safe for concurrent use, also by several
/// processes; work on one table is done one after the other. Errors: `resource_exhausted`
/// (`disk_full`), `data_loss` (`landed_file_damaged`, `delta_log_damaged`,
/// `data_damaged`), `conflict`
/// (`table_of_another_dataset`; `newer_version_loaded` and `newer_want_carried`, late calls that
/// nobody need repeat), `unavailable` (`table_busy`, `delta_conflict`, `bronze_changed`),
/// `invalid_argument`
/// (`bad_table_name`), `internal`.
class Lakehouse {
 public:
  virtual ~Lakehouse() = default;

  /// `local` or `databricks`.
  virtual std::string kind() const = 0;
  /// When the sync may begin, in microseconds since 1970: nothing for now, or a later moment, at
  /// which it goes with others that would wake the lakehouse too. Asked before a sync's first step
  /// where its caller is ready to wait; who has waited asks no more.
  virtual Result<std::optional<Micros>> begins_at(const TableRequest& request) = 0;
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
  /// table, the want's age and stop count. Absent is success.
  virtual Result<void> drop_tables(const TableRequest& request) = 0;
};

}  // namespace sluice::lakehouse
