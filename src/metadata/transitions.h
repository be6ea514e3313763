#pragma once

#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "metadata/records.h"

/// The sync's state machine as pure functions over a SyncRecord; the table stands in store.h. What
/// is `refused` leaves the record as it was.
namespace sluice::metadata {

/// A version is wanted: uploaded (`is_new_version`) or asked for by hand. One that is not
/// `profiled` waits for that first.
void apply_wanted(SyncRecord& record, std::int64_t version, bool is_new_version, Micros now_us,
                  bool profiled = true);
/// The version is profiled: where the sync waited for it, it waits for the dispatcher now.
void apply_profiled(SyncRecord& record, std::int64_t version, Micros now_us);
/// A new version became current that nobody wants carried over.
void apply_unwanted_version(SyncRecord& record);
/// A drop is wanted: it wins over every want before it.
void apply_drop_wanted(SyncRecord& record, Micros now_us);

Marked apply_syncing(SyncRecord& record, const RunOf& run);
Marked apply_waiting(SyncRecord& record, const Waiting& waiting, Micros now_us);
/// `order` is that of RunOf.
Marked apply_synced(SyncRecord& record, const SyncedResult& result, std::int64_t order,
                    std::int64_t current_version, Micros now_us);
Marked apply_failed(SyncRecord& record, const RunOf& run, std::string_view error,
                    std::string_view error_class);
/// `order` is that of RunOf.
Marked apply_not_synced(SyncRecord& record, std::int64_t order);

}  // namespace sluice::metadata
