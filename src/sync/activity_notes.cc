// What the metadata are told of a step, and how a sync ended.
#include "base/fault_points.h"
#include "base/log.h"
#include "sync/activity_step.h"
#include "sync/tool_wire.h"

namespace sluice::sync {

using temporal::ActivityContext;

namespace {

std::string error_class_in(const NoteInput& note) { return note.error_class.value_or("bug"); }

template <typename Answer>
const Answer* made_in(const std::optional<StepResult<Answer>>& result) {
  return result && result->made ? &*result->made : nullptr;
}

}  // namespace

Activities::Ended Activities::told(const Step& step,
                                   const Result<metadata::TransitionResult>& marked) {
  if (marked) {
    return *marked == metadata::TransitionResult::applied ? StepState::done : StepState::superseded;
  }
  if (marked.error().kind != Errc::not_found) return metadata_failure(marked.error());
  return end_void(step, StepState::gone);
}

Activities::Ended Activities::note_synced(ActivityContext& context, const Step& step,
                                          const NoteInput& note) {
  const metadata::Want& want = step.want.want;
  const lakehouse::BronzeAnswer* bronze = made_in(note.bronze);
  const lakehouse::SilverAnswer* silver = made_in(note.silver);
  if (bronze == nullptr || silver == nullptr || !is_table_of(want, bronze->bronze.table, "") ||
      !is_table_of(want, silver->state.silver.table, "_clean")) {
    return temporal::fail_activity(failure_bad_data,
                                   "The tables that were made are not this dataset's.", true);
  }
  metadata::SyncedResult result;
  result.version = want.version;
  result.sha256 = want.sha256;
  result.lakehouse = bronze->lakehouse;
  result.bronze_kind = bronze->bronze.kind;
  result.bronze_table = bronze->bronze.table;
  result.silver_table = silver->state.silver.table;
  result.row_count_bronze = bronze->bronze.row_count;
  result.row_count_silver = silver->state.silver.row_count;
  result.rows_quarantined = silver->state.rows_quarantined;
  result.duplicates_removed = silver->state.duplicates_removed;
  const Micros now_us = clock_.now_us();
  const Micros started_at_us = note.started_at_us.value_or(now_us);
  metadata::SyncRun run = step.ended("synced", now_us, step.attempts + 1);
  run.started_at_us = started_at_us;
  // Of a run that is synced this is no error: it says what somebody should do all the same.
  run.error = bronze->bronze.warning.value_or("");
  const Result<metadata::TransitionResult> marked =
      store_.mark_synced(want.dataset_id, result, step.want.order, run);
  // A mark is applied once, however often the activity is repeated.
  if (!marked || *marked != metadata::TransitionResult::applied) return told(step, marked);
  metrics_.succeeded.Increment();
  metrics_.duration_s.Observe(static_cast<double>(now_us - started_at_us) / 1e6);
  log::info("Databricks sync: synced", {{"tenant", want.tenant.value},
                                        {"dataset_id", want.dataset_id},
                                        {"warning", run.error},
                                        {"bronze_table", result.bronze_table},
                                        {"silver_table", result.silver_table},
                                        {"workflow_id", context.info().workflow_id}});
  return StepState::done;
}

Activities::Ended Activities::note_failed(ActivityContext& context, const Step& step,
                                          const NoteInput& note) {
  const metadata::Want& want = step.want.want;
  const std::string error = note.error.value_or("");
  metadata::SyncRun run = step.ended("failed", clock_.now_us(), step.attempts);
  run.error = error;
  const Result<metadata::TransitionResult> marked =
      store_.mark_failed(want.dataset_id, step.run(), error, error_class_in(note), run);
  if (!marked || *marked != metadata::TransitionResult::applied) return told(step, marked);
  metrics_.failed.Increment();
  log::error("Databricks sync: failed", {{"tenant", want.tenant.value},
                                         {"dataset_id", want.dataset_id},
                                         {"error", error},
                                         {"workflow_id", context.info().workflow_id}});
  return StepState::done;
}

Activities::Ended Activities::note_waiting(ActivityContext& context, const Step& step,
                                           const NoteInput& note) {
  const Result<metadata::TransitionResult> marked =
      store_.mark_waiting(step.want.want.dataset_id, step.run(),
                          {note.waiting_for.value_or("retry"), note.next_attempt_at_us,
                           note.error.value_or(""), step.attempts, error_class_in(note)});
  if (context.info().attempt == 1 && marked && *marked == metadata::TransitionResult::applied) {
    metrics_.retries.Increment();
  }
  return told(step, marked);
}

temporal::Typed<StepEnd> Activities::update_dataset_metadata(ActivityContext& context,
                                                             const Step& step,
                                                             const NoteInput& note) {
  FAULT_POINT("update_dataset_metadata.called");
  // More than the want is believed here: what was made, and what went wrong.
  if (!step.is_sealed && step.is_recorded) {
    return temporal::fail_activity(failure_bad_data, "What was made was not told by us.", true);
  }
  switch (note.outcome) {
    case NoteOutcome::synced:
      return note_synced(context, step, note);
    case NoteOutcome::failed:
      return note_failed(context, step, note);
    case NoteOutcome::waiting:
      return note_waiting(context, step, note);
    case NoteOutcome::superseded:
      break;
  }
  return end_void(step, StepState::superseded);
}

}  // namespace sluice::sync
