#include "metadata/transitions.h"

#include <algorithm>
#include <initializer_list>

namespace sluice::metadata {
namespace {

constexpr std::string_view waiting_for_profile = "profile";
constexpr std::string_view waiting_for_dispatcher = "dispatcher";
constexpr std::string_view waiting_for_temporal = "temporal";

/// What a want waits for from its being handed over until a worker begins with it. `profile` is
/// none of them: what the dispatcher says then is about an earlier version.
bool is_before_a_run(std::string_view waiting_for) {
  return waiting_for == waiting_for_dispatcher || waiting_for == waiting_for_temporal ||
         waiting_for == "worker";
}

bool is_any_of(SyncStatus status, std::initializer_list<SyncStatus> statuses) {
  return std::find(statuses.begin(), statuses.end(), status) != statuses.end();
}

/// Something newer, or that the tables go: no want is left then.
bool newer_is_wanted(const SyncRecord& record, std::int64_t version) {
  return !record.wanted_version || *record.wanted_version > version;
}

/// For a drop's run newer is whatever is wanted at all, since a drop leaves no want.
bool newer_is_wanted(const SyncRecord& record, const RunOf& run) {
  return run.kind == WantKind::drop ? record.wanted_version.has_value()
                                    : newer_is_wanted(record, run.version);
}

/// True for an activity that Temporal gave up for dead and that came back: its run's end is known.
bool has_ended(const SyncRecord& record, std::int64_t order) {
  return order <= record.last_ended_order;
}

bool can_end(const SyncRecord& record, std::int64_t order) {
  return is_any_of(record.state.status, {SyncStatus::pending, SyncStatus::syncing}) &&
         !has_ended(record, order);
}

void settle(SyncState& state, SyncStatus status) {
  state.status = status;
  state.waiting_for.clear();
  state.waiting_since_us.reset();
  state.next_attempt_at_us.reset();
}

void wait_for(SyncState& state, std::string_view what, Micros now_us) {
  if (state.status != SyncStatus::pending || state.waiting_for != what || !state.waiting_since_us) {
    state.waiting_since_us = now_us;
  }
  state.status = SyncStatus::pending;
  state.waiting_for = what;
  state.next_attempt_at_us.reset();
}

void forget_error(SyncState& state) {
  state.last_sync_error.clear();
  state.last_sync_error_class.clear();
}

void forget_tables(SyncRecord& record) {
  SyncState& state = record.state;
  state.bronze_kind.clear();
  state.bronze_table.clear();
  state.silver_table.clear();
  state.synced_version.reset();
  state.row_count_bronze.reset();
  state.row_count_silver.reset();
  state.rows_quarantined.reset();
  state.duplicates_removed.reset();
  record.synced_sha256.clear();
}

}  // namespace

void apply_wanted(SyncRecord& record, std::int64_t version, bool is_new_version, Micros now_us,
                  bool profiled) {
  const bool in_flight = record.state.status == SyncStatus::syncing && !is_new_version &&
                         record.wanted_version == version;
  record.wanted_version = version;
  if (in_flight) return;
  wait_for(record.state, profiled ? waiting_for_dispatcher : waiting_for_profile, now_us);
  record.state.attempts = 0;
  forget_error(record.state);
}

void apply_profiled(SyncRecord& record, std::int64_t version, Micros now_us) {
  if (record.state.status != SyncStatus::pending || record.wanted_version != version ||
      record.state.waiting_for != waiting_for_profile) {
    return;
  }
  wait_for(record.state, waiting_for_dispatcher, now_us);
}

void apply_unwanted_version(SyncRecord& record) {
  if (is_any_of(record.state.status, {SyncStatus::synced, SyncStatus::failed})) {
    settle(record.state, SyncStatus::not_synced);
    forget_error(record.state);
  }
}

void apply_drop_wanted(SyncRecord& record, Micros now_us) {
  record.wanted_version.reset();
  wait_for(record.state, waiting_for_dispatcher, now_us);
  record.state.attempts = 0;
  forget_error(record.state);
}

TransitionResult apply_syncing(SyncRecord& record, const RunOf& run) {
  if (newer_is_wanted(record, run.version)) return TransitionResult::superseded;
  if (has_ended(record, run.order)) return TransitionResult::superseded;
  if (record.state.status == SyncStatus::not_synced) return TransitionResult::refused;
  // From synced or failed it is a resync that was asked for while the last run went on.
  settle(record.state, SyncStatus::syncing);
  return TransitionResult::applied;
}

TransitionResult apply_waiting(SyncRecord& record, const RunOf& run, const Waiting& waiting,
                               Micros now_us) {
  SyncState& state = record.state;
  if (!is_any_of(state.status, {SyncStatus::pending, SyncStatus::syncing}))
    return TransitionResult::refused;
  // That Temporal is away holds up the newest want too: it lies behind this one.
  const bool of_one_run = waiting.waiting_for != waiting_for_temporal;
  if (of_one_run && (newer_is_wanted(record, run) || has_ended(record, run.order))) {
    return TransitionResult::superseded;
  }
  // The dispatcher may say so only after the worker has begun; that must not hide the run.
  const bool begun = state.status == SyncStatus::syncing || !is_before_a_run(state.waiting_for);
  if (is_before_a_run(waiting.waiting_for) && begun) return TransitionResult::refused;
  wait_for(state, waiting.waiting_for, now_us);
  state.next_attempt_at_us = waiting.next_attempt_at_us;
  state.attempts = waiting.attempts;
  if (waiting.last_error) {
    state.last_sync_error = *waiting.last_error;
    state.last_sync_error_class = waiting.last_error->empty() ? "" : waiting.error_class;
  }
  return TransitionResult::applied;
}

TransitionResult apply_synced(SyncRecord& record, const SyncedResult& result, std::int64_t order,
                              std::int64_t current_version, Micros now_us) {
  SyncState& state = record.state;
  if (!can_end(record, order)) return TransitionResult::refused;
  record.last_ended_order = order;
  if (state.synced_version && *state.synced_version > result.version)
    return TransitionResult::superseded;
  state.lakehouse = result.lakehouse;
  state.bronze_kind = result.bronze_kind;
  state.bronze_table = result.bronze_table;
  state.silver_table = result.silver_table;
  state.synced_version = result.version;
  record.synced_sha256 = result.sha256;
  state.last_sync_at_us = now_us;
  state.row_count_bronze = result.row_count_bronze;
  state.row_count_silver = result.row_count_silver;
  state.rows_quarantined = result.rows_quarantined;
  state.duplicates_removed = result.duplicates_removed;
  if (newer_is_wanted(record, result.version)) return TransitionResult::superseded;
  settle(state, result.version == current_version ? SyncStatus::synced : SyncStatus::not_synced);
  forget_error(state);
  return TransitionResult::applied;
}

TransitionResult apply_failed(SyncRecord& record, const RunOf& run, std::string_view error,
                              std::string_view error_class) {
  SyncState& state = record.state;
  if (!can_end(record, run.order)) return TransitionResult::refused;
  record.last_ended_order = run.order;
  if (newer_is_wanted(record, run.version)) return TransitionResult::superseded;
  settle(state, SyncStatus::failed);
  state.last_sync_error = error;
  state.last_sync_error_class = error_class;
  return TransitionResult::applied;
}

TransitionResult apply_not_synced(SyncRecord& record, std::int64_t order) {
  // A later want's run has ended meanwhile: what it says of the tables is newer.
  if (has_ended(record, order)) return TransitionResult::refused;
  record.last_ended_order = order;
  forget_tables(record);
  if (record.wanted_version) return TransitionResult::superseded;
  settle(record.state, SyncStatus::not_synced);
  forget_error(record.state);
  record.state.attempts = 0;
  return TransitionResult::applied;
}

}  // namespace sluice::metadata
