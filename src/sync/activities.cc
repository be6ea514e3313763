#include "sync/activities.h"

#include <chrono>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>

#include "base/fault_points.h"
#include "base/log.h"
#include "dataset/names.h"
#include "lakehouse/error_codes.h"
#include "sync/activity_step.h"
#include "sync/heartbeat.h"
#include "sync/tool_wire.h"
#include "wire/json.h"

namespace sluice::sync {

namespace json = boost::json;
using temporal::ActivityContext;
using temporal::Failure;

namespace {

std::string error_class_in(const json::object& input) {
  const json::value* told = input.if_contains("error_class");
  return told != nullptr && told->is_string() ? std::string(told->get_string()) : "bug";
}

/// The tool has worked; else it failed, or the call was late.
bool is_done(const temporal::ActivityOutcome& outcome) {
  return outcome && json::parse(*outcome).at("state").as_string() == "done";
}

}  // namespace

std::map<std::string, temporal::ActivityFunction> Activities::functions() {
  using Member = Outcome (Activities::*)(ActivityContext&, const Step&);
  const auto proven = [this](Member member) {
    return [this, member](ActivityContext& context, const std::string& input) -> Outcome {
      Result<Step> read = read_step(input, context.info().run_id);
      if (!read) return temporal::fail_activity(failure_bad_data, read.error().detail, true);
      Step step = std::move(*read);
      if (context.info().attempt > 1) metrics_.retries.Increment();
      std::optional<Outcome> ended = prove_or_end(context, step);
      Outcome outcome = ended ? std::move(*ended) : (this->*member)(context, step);
      if (!outcome) {
        log::warn("Databricks sync: activity failed",
                  {{"activity", context.info().activity_type},
                   {"type", outcome.error().type},
                   {"error", outcome.error().message},
                   {"tenant", step.want.want.tenant.value},
                   {"dataset_id", step.want.want.dataset_id},
                   {"workflow_id", context.info().workflow_id}});
      }
      return outcome;
    };
  };
  return {{activity_bronze, proven(&Activities::sync_to_bronze)},
          {activity_silver, proven(&Activities::transform_to_silver)},
          {activity_metadata, proven(&Activities::update_dataset_metadata)},
          {activity_drop, proven(&Activities::drop_lakehouse_tables)}};
}

void Activities::register_with(temporal::Worker& worker) {
  for (auto& [type, function] : functions()) worker.register_activity(type, std::move(function));
}

Failure Activities::failed_call(const Step& step, const Error& error, bool from_tool) {
  Failure failure;
  failure.message = to_line(error);
  failure.details = json::serialize(json::object{{"class", error_class_of(error)}});
  if (!from_tool && error.kind == Errc::cancelled) {
    failure.type = "cancelled";
    failure.kind = temporal::FailureKind::cancelled;
    return failure;
  }
  const bool api_away = from_tool && error.code == lakehouse::Code::api_unreachable;
  // Cancelled, and not by us: the MCP server is stopping.
  const bool mcp_away = from_tool ? error.kind == Errc::cancelled : is_retryable(error.kind);
  if (api_away || mcp_away) {
    failure.type = failure_unreachable;
    const Result<metadata::TransitionResult> marked = store_.mark_waiting(
        step.want.want.dataset_id, step.run(),
        {api_away ? "api" : "mcp", std::nullopt, to_line(error), step.attempts});
    if (!marked)
      failure.message += " (and the status could not be written: " + marked.error().detail + ")";
    return failure;
  }
  if (error.kind == Errc::unauthenticated || error.kind == Errc::permission_denied) {
    failure.type = failure_needs_person;
  } else if (error.kind == Errc::unprocessable || error.kind == Errc::data_loss ||
             error.kind == Errc::invalid_argument || error.kind == Errc::not_found) {
    failure.type = failure_bad_data;
  } else {
    failure.type = failure_lakehouse;
  }
  return failure;
}

void Activities::note_silence(const Step& step, bool is_silent) {
  const metadata::Want& want = step.want.want;
  const Result<metadata::TransitionResult> marked =
      is_silent ? store_.mark_waiting(want.dataset_id, step.run(),
                                      {"mcp", std::nullopt, std::nullopt, step.attempts})
                : store_.mark_syncing(want.dataset_id, step.run());
  if (marked || marked.error().kind == Errc::not_found) return;
  log::warn("Databricks sync: the status could not be written",
            {{"dataset_id", want.dataset_id}, {"error", to_line(marked.error())}});
}

Activities::Outcome Activities::call(ActivityContext& context, const Step& step,
                                     const std::string& tool, json::object arguments) {
  Heartbeat heartbeat(context, [&](bool is_silent) { note_silence(step, is_silent); });
  mcp::CallOptions options;
  options.on_alive = [&heartbeat] { heartbeat.heard(); };
  options.deadline = std::chrono::milliseconds(0);  // the stream's signs of life bound it
  options.stop_token = context.stop_token();
  options.on_progress = [&](double bytes, std::optional<double> total, const std::string&) {
    json::object details{{"bytes", static_cast<std::int64_t>(bytes)}};
    if (total) details["bytes_total"] = static_cast<std::int64_t>(*total);
    context.heartbeat(json::serialize(details));
  };
  const Result<mcp::ToolResult> result = mcp_.call_tool(tool, arguments, options);
  if (!result) return tl::unexpected<Failure>(failed_call(step, result.error(), false));
  metadata::SyncRun run = step.recorded("running", clock_.now_us());
  run.cost = cost_in(result->meta);
  // Activities are numbered within a run of Temporal's.
  run.report_id = context.info().run_id + "/" + context.info().activity_id + "/" +
                  std::to_string(context.info().attempt);
  record_run(step, run);
  if (result->error) {
    const Error error = mcp::to_error(*result->error);
    if (std::optional<Outcome> late = late_call(context, step, error)) return std::move(*late);
    return tl::unexpected<Failure>(failed_call(step, error, true));
  }
  Result<json::object> answer = checked_answer(tool, *result);
  if (!answer) return tl::unexpected<Failure>(failed_call(step, answer.error(), true));
  (*answer)["state"] = "done";
  return json::serialize(*answer);
}

std::optional<Activities::Outcome> Activities::late_call(const ActivityContext& context,
                                                         const Step& step, const Error& error) {
  if (error.code != lakehouse::Code::newer_want_carried &&
      error.code != lakehouse::Code::newer_version_loaded)
    return {};
  // Only where the metadata agree: after a restore of older ones they may not, and a person is
  // told.
  Step again = step;
  std::optional<Outcome> ended = prove_or_end(context, again);
  if (!ended || !*ended) return std::nullopt;
  log::info("Databricks sync: a late call was refused",
            {{"dataset_id", step.want.want.dataset_id},
             {"error", to_line(error)},
             {"workflow_id", context.info().workflow_id}});
  return ended;
}

void Activities::record_run(const Step& step, const metadata::SyncRun& run) {
  const Result<void> recorded = store_.record_sync_run(run);
  if (recorded) return;
  log::warn("Databricks sync: the run could not be recorded",
            {{"tenant", step.want.want.tenant.value},
             {"dataset_id", step.want.want.dataset_id},
             {"error", to_line(recorded.error())},
             {"workflow_id", workflow_id_of(step.want.want.dataset_id)}});
}

Activities::Outcome Activities::told(const Step& step,
                                     const Result<metadata::TransitionResult>& marked) {
  if (marked) {
    return state_result(*marked == metadata::TransitionResult::applied ? "done" : "superseded");
  }
  if (marked.error().kind != Errc::not_found) return metadata_failure(marked.error());
  return end_void(step, "gone");
}

Activities::Outcome Activities::satisfied(const Step& step, const metadata::SyncRecord& sync) {
  metadata::SyncedResult held;
  held.version = sync.state.synced_version.value_or(0);
  held.sha256 = sync.synced_sha256;
  held.lakehouse = sync.state.lakehouse;
  held.bronze_kind = sync.state.bronze_kind;
  held.bronze_table = sync.state.bronze_table;
  held.silver_table = sync.state.silver_table;
  held.row_count_bronze = sync.state.row_count_bronze.value_or(0);
  held.row_count_silver = sync.state.row_count_silver.value_or(0);
  held.rows_quarantined = sync.state.rows_quarantined.value_or(0);
  held.duplicates_removed = sync.state.duplicates_removed.value_or(0);
  const Result<metadata::TransitionResult> marked =
      store_.mark_synced(step.want.want.dataset_id, held, step.want.order);
  Outcome outcome = told(step, marked);
  return marked && *marked == metadata::TransitionResult::applied ? state_result("satisfied")
                                                                  : outcome;
}

std::optional<Activities::Outcome> Activities::begin(const Step& step) {
  const Result<metadata::TransitionResult> marked = store_.mark_syncing(
      step.want.want.dataset_id, step.run(), step.recorded("running", clock_.now_us()));
  if (!marked || *marked == metadata::TransitionResult::superseded) return told(step, marked);
  // Refused: another run of this activity has gone further. Repeating the step converges, so it
  // goes on.
  return std::nullopt;
}

Activities::Outcome Activities::sync_to_bronze(ActivityContext& context, const Step& step) {
  const metadata::Want& want = step.want.want;
  const Result<metadata::DatasetRecord> record = store_.get_dataset_of_any_tenant(want.dataset_id);
  if (!record && record.error().kind == Errc::not_found) return state_result("gone");
  if (!record) return metadata_failure(record.error());
  if (want.kind != metadata::WantKind::resync &&
      record->sync.state.synced_version == want.version &&
      record->sync.synced_sha256 == want.sha256) {
    return satisfied(step, record->sync);
  }
  if (std::optional<Outcome> ended = begin(step)) return std::move(*ended);
  const Result<DatasetVersion> version = store_.get_version(want.dataset_id, want.version);
  if (!version) return metadata_failure(version.error());

  log::info("Databricks sync: sync_to_bronze", {{"tenant", want.tenant.value},
                                                {"dataset_id", want.dataset_id},
                                                {"workflow_id", context.info().workflow_id}});
  FAULT_POINT("sync_to_bronze.called");
  Outcome outcome = call(context, step, "sync_dataset",
                         wire::to_object(bronze_arguments(step.want, step.asked_at_us, *version)));
  if (!is_done(outcome)) return outcome;
  FAULT_POINT("sync_to_bronze.mcp_done");
  // At once, for the file that the catalogue names may be swept when the version after this one is
  // loaded.
  const auto made = wire::from_json<lakehouse::BronzeAnswer>(json::parse(*outcome)).value();
  if (!is_local(made.lakehouse)) return outcome;
  const Result<void> stored = store_.upsert_lakehouse_table(
      catalogue_row(step.want, "bronze", want.table_name, made.bronze), step.want.order);
  if (!stored) return metadata_failure(stored.error());
  return outcome;
}

Activities::Outcome Activities::transform_to_silver(ActivityContext& context, const Step& step) {
  const metadata::Want& want = step.want.want;
  const Result<DatasetVersion> version = store_.get_version(want.dataset_id, want.version);
  if (!version && version.error().kind == Errc::not_found) return state_result("gone");
  if (!version) return metadata_failure(version.error());
  // After a pause for a part that was away the status said `pending`; work goes on now.
  if (std::optional<Outcome> ended = begin(step)) return std::move(*ended);

  FAULT_POINT("transform_to_silver.called");
  const Result<lakehouse::SilverArguments> arguments =
      silver_arguments(step.want, step.asked_at_us, *version);
  if (!arguments) return tl::unexpected<Failure>(failed_call(step, arguments.error(), true));
  Outcome outcome = call(context, step, "transform_to_silver", wire::to_object(*arguments));
  if (!is_done(outcome)) return outcome;
  FAULT_POINT("transform_to_silver.mcp_done");
  const Result<void> stored =
      note_silver(step, wire::from_json<lakehouse::SilverAnswer>(json::parse(*outcome)).value());
  if (!stored) return metadata_failure(stored.error());
  return outcome;
}

Result<void> Activities::note_silver(const Step& step, const lakehouse::SilverAnswer& made) {
  const metadata::Want& want = step.want.want;
  if (!is_local(made.lakehouse)) return {};
  TRY(store_.upsert_lakehouse_table(
      catalogue_row(step.want, "silver", want.table_name + "_clean", made.state.silver),
      step.want.order));
  const std::string quarantine_name = want.table_name + "_quarantine";
  if (!made.state.quarantine) {
    return store_.delete_lakehouse_table(want.tenant, "silver", quarantine_name);
  }
  return store_.upsert_lakehouse_table(
      catalogue_row(step.want, "silver", quarantine_name, *made.state.quarantine), step.want.order);
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

Activities::Outcome Activities::drop_lakehouse_tables(ActivityContext& context, const Step& step) {
  const metadata::Want& want = step.want.want;
  record_run(step, step.recorded("running", clock_.now_us()));
  Outcome outcome = call(context, step, "drop_tables",
                         wire::to_object(drop_arguments(step.want, step.asked_at_us)));
  if (!is_done(outcome)) return outcome;
  const metadata::SyncRun run = step.ended("dropped", clock_.now_us(), step.attempts + 1);
  const Result<metadata::TransitionResult> marked =
      store_.mark_not_synced(want.dataset_id, step.want.order, run);
  if (marked || marked.error().kind != Errc::not_found) {
    // Refused: another run of this activity was done with it, and there may be newer tables.
    if (!marked) return metadata_failure(marked.error());
    return *marked == metadata::TransitionResult::refused ? state_result("superseded") : outcome;
  }
  // The dataset is deleted, so that nothing newer can be wanted of it.
  const std::pair<const char*, std::string> tables[] = {
      {"bronze", want.table_name},
      {"silver", want.table_name + "_clean"},
      {"silver", want.table_name + "_quarantine"}};
  for (const auto& [schema, table] : tables) {
    const Result<void> gone = store_.delete_lakehouse_table(want.tenant, schema, table);
    if (!gone) return metadata_failure(gone.error());
  }
  const Result<void> settled = store_.settle_wants(want.dataset_id, step.want.order);
  if (!settled) return metadata_failure(settled.error());
  record_run(step, run);
  return outcome;
}

}  // namespace sluice::sync
