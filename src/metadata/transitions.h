#pragma once

#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "metadata/records.h"

// The sync's state machine as pure functions over a SyncRecord.
//
// The table says what becomes of the status. transitions_table_test.cc reads it from here and
// tries every cell, so that it cannot differ from the code.
//
// Under each call, a row for each way in which its run stands to what is wanted. `its own`: what
// the run carries is what is wanted. `newer`: another version or a drop was wanted since, or, for
// a drop's run, a sync. `ended`: a run of this order, or of a later one, has ended.
// A cell is the status after the call. `superseded` and `refused` are what the call answers, and
// the status stays: what the run learnt of the tables is kept if it is superseded, and nothing is
// if it is refused.
//
// clang-format off
// |                | not_synced | pending    | syncing    | synced     | failed     |
// |----------------|------------|------------|------------|------------|------------|
// | mark_syncing
// | its own        | refused    | syncing    | syncing    | syncing    | syncing    |
// | newer          | superseded | superseded | superseded | superseded | superseded |
// | ended          | superseded | superseded | superseded | superseded | superseded |
// | mark_waiting retry
// | its own        | refused    | pending    | pending    | refused    | refused    |
// | newer          | refused    | superseded | superseded | refused    | refused    |
// | ended          | refused    | superseded | superseded | refused    | refused    |
// | mark_waiting retry of a drop
// | its own        | refused    | pending    | pending    | refused    | refused    |
// | newer          | refused    | superseded | superseded | refused    | refused    |
// | mark_waiting worker
// | its own        | refused    | pending    | refused    | refused    | refused    |
// | newer          | refused    | superseded | superseded | refused    | refused    |
// | ended          | refused    | superseded | superseded | refused    | refused    |
// | run waits      | -          | refused    | -          | -          | -          |
// | mark_waiting temporal
// | its own        | refused    | pending    | refused    | refused    | refused    |
// | newer          | refused    | pending    | refused    | refused    | refused    |
// | mark_synced
// | its own        | refused    | synced     | synced     | refused    | refused    |
// | not current    | refused    | not_synced | not_synced | refused    | refused    |
// | newer          | refused    | superseded | superseded | refused    | refused    |
// | ended          | refused    | refused    | refused    | refused    | refused    |
// | mark_failed
// | its own        | refused    | failed     | failed     | refused    | refused    |
// | newer          | refused    | superseded | superseded | refused    | refused    |
// | ended          | refused    | refused    | refused    | refused    | refused    |
// | mark_not_synced
// | its own        | not_synced | not_synced | not_synced | not_synced | not_synced |
// | newer          | superseded | superseded | superseded | superseded | superseded |
// | ended          | refused    | refused    | refused    | refused    | refused    |
// | request_sync
// | same version   | pending    | pending    | syncing    | pending    | pending    |
// | other version  | pending    | pending    | pending    | pending    | pending    |
// | request_sync drop
// | any            | pending    | pending    | pending    | pending    | pending    |
// | add_version
// | wanted         | pending    | pending    | pending    | pending    | pending    |
// | unwanted       | not_synced | pending    | syncing    | not_synced | not_synced |
// | save_profile
// | waited for     | -          | pending    | -          | -          | -          |
// | not waited for | not_synced | pending    | syncing    | synced     | failed     |
// clang-format on
//
// From `pending` to `synced`: the want was satisfied already. The workflow must say so, or the
// dataset stays pending. From `synced` or `failed` to `syncing`: a resync was asked for while the
// last run went on. What the dispatcher says (`worker`) comes too late once a run has begun, even
// if that run waits for something (`run waits`). If Temporal is away, it is away for every want of
// the dataset, whichever met it. waiting_since stays as long as waiting_for does.

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

TransitionResult apply_syncing(SyncRecord& record, const RunOf& run);
TransitionResult apply_waiting(SyncRecord& record, const RunOf& run, const Waiting& waiting,
                               Micros now_us);
/// `order` is that of RunOf.
TransitionResult apply_synced(SyncRecord& record, const SyncedResult& result, std::int64_t order,
                              std::int64_t current_version, Micros now_us);
TransitionResult apply_failed(SyncRecord& record, const RunOf& run, std::string_view error,
                              std::string_view error_class);
/// `order` is that of RunOf.
TransitionResult apply_not_synced(SyncRecord& record, std::int64_t order);

}  // namespace sluice::metadata
