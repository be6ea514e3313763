#include "dataset/sync_status.h"

namespace sluice {

std::string_view name_of(SyncStatus status) {
  switch (status) {
    case SyncStatus::not_synced:
      return "not_synced";
    case SyncStatus::pending:
      return "pending";
    case SyncStatus::syncing:
      return "syncing";
    case SyncStatus::synced:
      return "synced";
    case SyncStatus::failed:
      return "failed";
  }
  return "not_synced";
}

std::optional<SyncStatus> parse_sync_status(std::string_view name) {
  for (const SyncStatus status : {SyncStatus::not_synced, SyncStatus::pending, SyncStatus::syncing,
                                  SyncStatus::synced, SyncStatus::failed}) {
    if (name_of(status) == name) return status;
  }
  return std::nullopt;
}

}  // namespace sluice
