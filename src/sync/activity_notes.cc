// What the metadata are told of a step, and how a sync ended.
#include <boost/json/value_to.hpp>

#include "base/fault_points.h"
#include "base/log.h"
#include "sync/activity_step.h"
#include "sync/tool_wire.h"
#include "wire/json.h"

namespace sluice::sync {

namespace json = boost::json;
using temporal::ActivityContext;

namespace {

std::string error_class_in(const json::object& input) {
  const json::value* told = input.if_contains("error_class");
  return told != nullptr && told->is_string() ? std::string(told->get_string()) : "bug";
}

}  // namespace

Activities::Outcome Activities::told(const Step& step,
                                     const Result<metadata::TransitionResult>& marked) {
  if (marked) {
    return state_result(*marked == metadata::TransitionResult::applied ? "done" : "superseded");
  }
  if (marked.error().kind != Errc::not_found) return metadata_failure(marked.error());
  return end_void(step, "gone");
}

Activities::Outcome Activities::note_synced(ActivityContext& context, const Step& step) {
  const metadata::Want& want = step.want.want;
  const auto bronze = wire::from_json<lakehouse::BronzeAnswer>(step.input.at("bronze"));
  const auto silver = wire::from_json<lakehouse::SilverAnswer>(step.input.at("silver"));
  if (!bronze || !silver || !is_table_of(want, bronze->bronze.table, "") ||
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
  const Micros started_at_us = step.input.at("started_at_us").as_int64();
  const Micros now_us = clock_.now_us();
  metadata::SyncRun run = step.ended("synced", now_us, step.attempts + 1);
  run.started_at_us = started_at_us;
  const Result<metadata::TransitionResult> marked =
      store_.mark_synced(want.dataset_id, result, step.want.order, run);
  // A mark is applied once, however often the activity is repeated.
  if (!marked || *marked != metadata::TransitionResult::applied) return told(step, marked);
  metrics_.succeeded.Increment();
  metrics_.duration_s.Observe(static_cast<double>(now_us - started_at_us) / 1e6);
  log::info("Databricks sync: synced", {{"tenant", want.tenant.value},
                                        {"dataset_id", want.dataset_id},
                                        {"bronze_table", result.bronze_table},
                                        {"silver_table", result.silver_table},
                                        {"workflow_id", context.info().workflow_id}});
  return state_result("done");
}

Activities::Outcome Activities::note_failed(ActivityContext& context, const Step& step) {
  const metadata::Want& want = step.want.want;
  const std::string error = json::value_to<std::string>(step.input.at("error"));
  metadata::SyncRun run = step.ended("failed", clock_.now_us(), step.attempts);
  run.error = error;
  const Result<metadata::TransitionResult> marked =
      store_.mark_failed(want.dataset_id, step.run(), error, error_class_in(step.input), run);
  if (!marked || *marked != metadata::TransitionResult::applied) return told(step, marked);
  metrics_.failed.Increment();
  log::error("Databricks sync: failed", {{"tenant", want.tenant.value},
                                         {"dataset_id", want.dataset_id},
                                         {"error", error},
                                         {"workflow_id", context.info().workflow_id}});
  return state_result("done");
}

Activities::Outcome Activities::note_waiting(ActivityContext& context, const Step& step) {
  const json::value* waiting_for = step.input.if_contains("waiting_for");
  const Result<metadata::TransitionResult> marked = store_.mark_waiting(
      step.want.want.dataset_id, step.run(),
      {waiting_for == nullptr ? "retry" : json::value_to<std::string>(*waiting_for),
       step.input.at("next_attempt_at_us").as_int64(),
       json::value_to<std::string>(step.input.at("error")), step.attempts,
       error_class_in(step.input)});
  if (context.info().attempt == 1 && marked && *marked == metadata::TransitionResult::applied) {
    metrics_.retries.Increment();
  }
  return told(step, marked);
}

Activities::Outcome Activities::update_dataset_metadata(ActivityContext& context,
                                                        const Step& step) {
  FAULT_POINT("update_dataset_metadata.called");
  // More than the want is believed here: what was made, and what went wrong.
  if (!step.is_sealed && step.is_recorded) {
    return temporal::fail_activity(failure_bad_data, "What was made was not told by us.", true);
  }
  const std::string outcome = json::value_to<std::string>(step.input.at("outcome"));
  if (outcome == "synced") return note_synced(context, step);
  if (outcome == "failed") return note_failed(context, step);
  if (outcome == "waiting") return note_waiting(context, step);
  if (outcome == "superseded") return end_void(step, "superseded");
  return temporal::fail_activity(failure_bad_data, "There is no outcome " + outcome + ".", true);
}

}  // namespace sluice::sync
