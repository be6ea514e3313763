#include "sync/activities.h"

#include "base/fault_points.h"
#include "base/log.h"
#include "sync/activity_step.h"

namespace sluice::sync {

using temporal::ActivityContext;
using temporal::Failure;

namespace {

const StepInput& step_in(const StepInput& input) { return input; }
const StepInput& step_in(const NoteInput& input) { return input.step; }

/// The tool has worked; else it failed, or the call was late.
template <typename Answer>
bool is_done(const temporal::Typed<StepResult<Answer>>& outcome) {
  return outcome && outcome->made;
}

}  // namespace

template <typename Input, typename Output, typename... Given>
temporal::ActivityFunction Activities::proven(SyncActivity<Input, Output> type,
                                              Typed<Output> (Activities::*run)(ActivityContext&,
                                                                               const Step&,
                                                                               const Given&...)) {
  using temporal::Received;
  const auto function = [this, run](ActivityContext& context,
                                    const Received<Input>& given) -> Typed<Received<Output>> {
    const StepInput& input = step_in(given.value);
    Step step;
    step.want = input.want;
    step.attempts = input.attempts;
    step.is_sealed = given.is_sealed;
    // Nobody but us may name a run.
    const bool names_run = given.is_sealed && !input.run_id.empty();
    step.run_id = names_run ? input.run_id : context.info().run_id;
    if (context.info().attempt > 1) metrics_.retries.Increment();
    std::optional<Ended> ended = prove_or_end(context, step);
    Typed<Output> outcome =
        ended ? Typed<Output>(std::move(*ended))
              : (this->*run)(context, step, static_cast<const Given&>(given.value)...);
    if (outcome) return Received<Output>(std::move(*outcome));
    log::warn("Databricks sync: activity failed", {{"activity", context.info().activity_type},
                                                   {"type", outcome.error().type},
                                                   {"error", outcome.error().message},
                                                   {"tenant", step.want.want.tenant.value},
                                                   {"dataset_id", step.want.want.dataset_id},
                                                   {"workflow_id", context.info().workflow_id}});
    return tl::unexpected<Failure>(std::move(outcome).error());
  };
  return temporal::typed_activity(type, function);
}

std::map<std::string, temporal::ActivityFunction> Activities::functions() {
  return {{activity_begin.name, proven(activity_begin, &Activities::begin_sync)},
          {activity_bronze.name, proven(activity_bronze, &Activities::sync_to_bronze)},
          {activity_silver.name, proven(activity_silver, &Activities::transform_to_silver)},
          {activity_metadata.name, proven(activity_metadata, &Activities::update_dataset_metadata)},
          {activity_drop.name, proven(activity_drop, &Activities::drop_lakehouse_tables)}};
}

void Activities::register_with(temporal::Worker& worker) {
  for (auto& [type, function] : functions()) worker.register_activity(type, std::move(function));
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

Activities::Ended Activities::satisfied(const Step& step, const metadata::SyncRecord& sync) {
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
  Ended ended = told(step, marked);
  return ended == StepState::done ? StepState::satisfied : ended;
}

std::optional<Activities::Ended> Activities::begin(const Step& step) {
  const Result<metadata::TransitionResult> marked = store_.mark_syncing(
      step.want.want.dataset_id, step.run(), step.recorded("running", clock_.now_us()));
  if (!marked || *marked == metadata::TransitionResult::superseded) return told(step, marked);
  // Refused: another run of this activity has gone further. Repeating the step converges, so it
  // goes on.
  return std::nullopt;
}

std::optional<Activities::Ended> Activities::ended_already(const Step& step) {
  const metadata::Want& want = step.want.want;
  const Result<metadata::DatasetRecord> record = store_.get_dataset_of_any_tenant(want.dataset_id);
  if (!record && record.error().kind == Errc::not_found) return StepState::gone;
  if (!record) return metadata_failure(record.error());
  if (want.kind != metadata::WantKind::resync &&
      record->sync.state.synced_version == want.version &&
      record->sync.synced_sha256 == want.sha256) {
    return satisfied(step, record->sync);
  }
  return std::nullopt;
}

temporal::Typed<BeginResult> Activities::begin_sync(ActivityContext& context, const Step& step) {
  if (std::optional<Ended> ended = ended_already(step)) return std::move(*ended);
  if (std::optional<Ended> ended = begin(step)) return std::move(*ended);
  auto outcome = call<lakehouse::BeginAnswer>(context, step, "begin_sync",
                                              wire::to_object(begin_arguments(step.want)));
  if (!is_done(outcome) || outcome->made->begins_at_us <= clock_.now_us()) return outcome;
  const Result<metadata::TransitionResult> marked =
      store_.mark_waiting(step.want.want.dataset_id, step.run(),
                          {"window", outcome->made->begins_at_us, std::nullopt, step.attempts});
  const Ended noted = told(step, marked);
  if (!noted || *noted != StepState::done) return noted;
  log::info("Databricks sync: it waits for others, to wake the warehouse together",
            {{"tenant", step.want.want.tenant.value},
             {"dataset_id", step.want.want.dataset_id},
             {"begins_at", to_rfc3339(outcome->made->begins_at_us)},
             {"workflow_id", context.info().workflow_id}});
  return outcome;
}

temporal::Typed<BronzeResult> Activities::sync_to_bronze(ActivityContext& context,
                                                         const Step& step) {
  const metadata::Want& want = step.want.want;
  if (std::optional<Ended> ended = ended_already(step)) return std::move(*ended);
  if (std::optional<Ended> ended = begin(step)) return std::move(*ended);
  const Result<DatasetVersion> version = store_.get_version(want.dataset_id, want.version);
  if (!version) return metadata_failure(version.error());

  log::info("Databricks sync: sync_to_bronze", {{"tenant", want.tenant.value},
                                                {"dataset_id", want.dataset_id},
                                                {"workflow_id", context.info().workflow_id}});
  FAULT_POINT("sync_to_bronze.called");
  auto outcome = call<lakehouse::BronzeAnswer>(
      context, step, "sync_dataset",
      wire::to_object(bronze_arguments(step.want, step.asked_at_us, *version)));
  if (!is_done(outcome)) return outcome;
  FAULT_POINT("sync_to_bronze.mcp_done");
  // At once, for the file that the catalogue names may be swept when the version after this one is
  // loaded.
  const lakehouse::BronzeAnswer& made = *outcome->made;
  if (!is_local(made.lakehouse)) return outcome;
  const Result<void> stored = store_.upsert_lakehouse_table(
      catalogue_row(step.want, "bronze", want.table_name, made.bronze), step.want.order);
  if (!stored) return metadata_failure(stored.error());
  return outcome;
}

temporal::Typed<SilverResult> Activities::transform_to_silver(ActivityContext& context,
                                                              const Step& step) {
  const metadata::Want& want = step.want.want;
  const Result<DatasetVersion> version = store_.get_version(want.dataset_id, want.version);
  if (!version && version.error().kind == Errc::not_found) return StepState::gone;
  if (!version) return metadata_failure(version.error());
  // After a pause for a part that was away the status said `pending`; work goes on now.
  if (std::optional<Ended> ended = begin(step)) return std::move(*ended);

  FAULT_POINT("transform_to_silver.called");
  const Result<lakehouse::SilverArguments> arguments =
      silver_arguments(step.want, step.asked_at_us, *version);
  if (!arguments) return tl::unexpected<Failure>(failed_call(step, arguments.error(), true));
  auto outcome = call<lakehouse::SilverAnswer>(context, step, "transform_to_silver",
                                               wire::to_object(*arguments));
  if (!is_done(outcome)) return outcome;
  FAULT_POINT("transform_to_silver.mcp_done");
  const Result<void> stored = note_silver(step, *outcome->made);
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

temporal::Typed<DropResult> Activities::drop_lakehouse_tables(ActivityContext& context,
                                                              const Step& step) {
  const metadata::Want& want = step.want.want;
  record_run(step, step.recorded("running", clock_.now_us()));
  auto outcome = call<lakehouse::DropAnswer>(
      context, step, "drop_tables", wire::to_object(drop_arguments(step.want, step.asked_at_us)));
  if (!is_done(outcome)) return outcome;
  const metadata::SyncRun run = step.ended("dropped", clock_.now_us(), step.attempts + 1);
  const Result<metadata::TransitionResult> marked =
      store_.mark_not_synced(want.dataset_id, step.want.order, run);
  if (marked || marked.error().kind != Errc::not_found) {
    // Refused: another run of this activity was done with it, and there may be newer tables.
    if (!marked) return metadata_failure(marked.error());
    if (*marked == metadata::TransitionResult::refused) return StepState::superseded;
    return outcome;
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
