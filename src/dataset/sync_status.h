#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace sluice {

/// The statuses of the spec ("Sync Status Values"); transitions: docs/sync.md. Their names are
/// stored and answered, and never change.
enum class SyncStatus { not_synced, pending, syncing, synced, failed };

std::string_view name_of(SyncStatus status);
std::optional<SyncStatus> parse_sync_status(std::string_view name);

/// Everything known about carrying a dataset into the lakehouse.
struct SyncState {
  SyncStatus status = SyncStatus::not_synced;
  std::string waiting_for;  ///< With pending, see docs/sync.md; else empty.
  std::optional<Micros> waiting_since_us;
  std::optional<Micros> next_attempt_at_us;  ///< With `retry`.
  std::string lakehouse;                     ///< `local` or `databricks`.
  std::string bronze_kind;                   ///< `external` or `managed`; empty until synced once.
  std::string bronze_table;                  ///< Three-part name; empty until synced once.
  std::string silver_table;
  std::optional<std::int64_t> synced_version;
  std::optional<Micros> last_sync_at_us;
  std::string last_sync_error;        ///< Cause and remedy; empty when there is none.
  std::string last_sync_error_class;  ///< `transient`, `needs_you`, `bug`; empty likewise.
  std::optional<std::int64_t> row_count_bronze;  ///< `row_count_databricks` of the spec.
  std::optional<std::int64_t> row_count_silver;
  std::optional<std::int64_t> rows_quarantined;
  std::optional<std::int64_t> duplicates_removed;
  std::int64_t attempts = 0;  ///< Used of DATABRICKS_RETRY_ATTEMPTS for the wanted version.
};

}  // namespace sluice
