#include "sync/dataset_sync_workflow.h"

#include <algorithm>
#include <chrono>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/log.h"
#include "sync/activities.h"
#include "temporal/payload/payload_sealer.h"

namespace sluice::sync {

namespace json = boost::json;
using std::chrono::milliseconds;
using std::chrono::seconds;
using temporal::ActivityOutcome;
using temporal::CancellationScope;
using temporal::Failure;
using temporal::Task;
using temporal::WorkflowContext;

namespace {

/// Of wants that were not sealed, such as those of an API that was not upgraded yet.
constexpr std::size_t unproven_max = 16;
/// The spec's maximum interval between attempts.
constexpr std::int64_t retry_interval_max_s = 600;

temporal::ActivityOptions activity_options() {
  temporal::ActivityOptions options;
  // A dead worker is noticed by its missing heartbeat, so the whole may take as long as a large
  // file needs.
  options.start_to_close = std::chrono::hours(6);
  options.heartbeat_timeout = seconds(15);
  options.retry.initial_interval = seconds(1);
  options.retry.backoff_coefficient = 2.0;
  // "Growing pauses up to a minute", yet all in flight settles within 60 s of a restart.
  options.retry.maximum_interval = seconds(20);
  options.retry.maximum_attempts = 0;
  options.retry.non_retryable_error_types = {failure_lakehouse, failure_bad_data,
                                             failure_needs_person};
  return options;
}

/// Of the steps that do the work. What they throw comes back to be counted; what the note of their
/// outcome throws has nowhere else to go, and is repeated until somebody looks.
temporal::ActivityOptions step_options() {
  temporal::ActivityOptions options = activity_options();
  options.retry.non_retryable_error_types.push_back(failure_exception);
  return options;
}

bool may_try_again(const Failure& failure) {
  return failure.type == failure_lakehouse || failure.type == failure_exception;
}

Failure cancelled_by_request() {
  Failure failure;
  failure.type = "Cancelled";
  failure.details = R"({"class": "needs_you"})";
  failure.message = "The sync was cancelled. POST /api/v1/datasets/{id}/sync begins it again.";
  return failure;
}

/// Tells the workflow's handlers of the scope in hand, for as long as it lives.
class Carrying {
 public:
  Carrying(CancellationScope*& place, CancellationScope& scope) : place_(place) { place_ = &scope; }
  ~Carrying() { place_ = nullptr; }
  Carrying(const Carrying&) = delete;
  Carrying& operator=(const Carrying&) = delete;

 private:
  CancellationScope*& place_;
};

json::object step_input(const WorkflowWant& want, std::int64_t attempts) {
  return {{"want", to_json(want)}, {"attempts", attempts}};
}

/// What the activity said of its failure; one of Temporal's own, such as a timeout, may pass.
std::string class_of(const Failure& failure) {
  if (failure.type == failure_exception) return "bug";
  boost::system::error_code bad;
  const json::value details =
      json::parse(temporal::unsealed_text(failure.details).value_or(failure.details), bad);
  const json::object* told = bad ? nullptr : details.if_object();
  const json::value* name = told == nullptr ? nullptr : told->if_contains("class");
  if (name != nullptr && name->is_string()) return std::string(name->get_string());
  return failure.type == failure_bad_data || failure.type == failure_needs_person ? "needs_you"
                                                                                  : "transient";
}

json::object noted(const WorkflowWant& want, std::int64_t attempts, const char* outcome,
                   const Failure& failure) {
  json::object input = step_input(want, attempts);
  input["outcome"] = outcome;
  input["error"] = failure.message;
  input["error_class"] = class_of(failure);
  return input;
}

/// What a step came to. A step's answer that is none is its failure: others may answer for it, too.
tl::expected<json::object, Failure> answer_of(const ActivityOutcome& outcome, bool only_sealed) {
  if (!outcome) return tl::unexpected<Failure>(outcome.error());
  const std::optional<std::string> unsealed = temporal::unsealed_text(*outcome);
  boost::system::error_code bad;
  const json::value value = json::parse(unsealed.value_or(*outcome), bad);
  const json::object* answer = bad ? nullptr : value.if_object();
  const json::value* state = answer == nullptr ? nullptr : answer->if_contains("state");
  if (state != nullptr && state->is_string() && !(unsealed && only_sealed)) return *answer;
  return temporal::fail_activity(failure_exception,
                                 "A step's answer is not from a worker of ours.");
}

bool is_state(const json::object& answer, std::string_view state) {
  return answer.at("state").as_string() == state;
}

std::int64_t pause_s(const WorkflowWant& want, std::int64_t attempts) {
  std::int64_t interval = want.retry_interval_s;
  const std::int64_t most = std::max(retry_interval_max_s, want.retry_interval_s);
  for (std::int64_t i = 1; i < attempts && interval < most; ++i) interval *= 2;
  return std::min(interval, most);
}

}  // namespace

temporal::WorkflowDefinition DatasetSyncWorkflow::definition() {
  return temporal::WorkflowDefinition::of<DatasetSyncWorkflow>(workflow_type)
      .on_signal(want_signal, &DatasetSyncWorkflow::on_want)
      .on_signal(retry_signal, &DatasetSyncWorkflow::on_retry)
      .on_signal(cancel_signal, &DatasetSyncWorkflow::on_cancel)
      .on_query(progress_query, &DatasetSyncWorkflow::progress);
}

/// Runs from before payloads were sealed go on as they began.
bool DatasetSyncWorkflow::only_sealed(WorkflowContext& ctx) { return ctx.patched("sealed"); }

void DatasetSyncWorkflow::on_want(WorkflowContext& ctx, const std::string& text) {
  // Whoever reaches Temporal can signal: what is not a want of this dataset must not stop the
  // others.
  const std::optional<std::string> unsealed = temporal::unsealed_text(text);
  Result<WorkflowWant> want = want_from_json(unsealed.value_or(text));
  if (!want) {
    return ignore(
        ctx, unsealed ? "It was not sealed with a key that this worker has." : want.error().detail);
  }
  if (workflow_id_of(want->want.dataset_id) != ctx.info().workflow_id) {
    return ignore(ctx, "A want is of another dataset.");
  }
  if (unsealed && only_sealed(ctx)) {
    ignore(ctx,
           "A want was not sealed. It waits until no other is left, and must then prove true.");
    want->search_attributes = false;  // the server may not know them, which would fail the task
    if (unproven_.size() < unproven_max) unproven_.push_back(std::move(*want));
    return;
  }
  // Sent twice, or late: what is being carried is this very want, or a newer one, and must go on.
  if (want->order <= newest_order_) return;
  wants_.push_back(std::move(*want));
}

void DatasetSyncWorkflow::ignore(WorkflowContext& ctx, const std::string& why) {
  if (!ctx.is_replaying() && !has_ignored_) {
    log::warn(
        "Databricks sync: a signal was not obeyed; no further one of this run is logged",
        {{"workflow_id", ctx.info().workflow_id}, {"run_id", ctx.info().run_id}, {"why", why}});
  }
  has_ignored_ = true;
}

std::optional<WorkflowWant> DatasetSyncWorkflow::take_newest() {
  std::optional<WorkflowWant> newest;
  order_before_ = newest_order_;
  for (WorkflowWant& want : wants_) {
    if (want.order > newest_order_) {
      newest_order_ = want.order;
      newest = std::move(want);
    }
  }
  wants_.clear();
  if (newest || unproven_.empty()) return newest;
  // Its order counts for nothing: a forged one would keep all others out.
  newest = std::move(unproven_.front());
  unproven_.erase(unproven_.begin());
  return newest;
}

std::string DatasetSyncWorkflow::progress(const std::string&) const {
  return json::serialize(
      json::object{{"step", step_}, {"version", version_}, {"attempts", attempts_}});
}

void DatasetSyncWorkflow::on_retry(WorkflowContext&, const std::string&) { retry_now_ = true; }

void DatasetSyncWorkflow::on_cancel(WorkflowContext&, const std::string&) {
  if (carrying_ != nullptr) carrying_->cancel();
}

void DatasetSyncWorkflow::say(WorkflowContext& ctx, const WorkflowWant& want, const char* status) {
  if (!want.search_attributes) return;
  ctx.upsert_search_attributes({{attribute_status, json::serialize(json::string(status))}});
}

Task<std::string> DatasetSyncWorkflow::run(WorkflowContext& ctx, std::string) {
  only_sealed(ctx);  // decided at the first step, for the whole run
  for (;;) {
    std::optional<WorkflowWant> want = take_newest();
    if (!want) break;
    version_ = want->want.version;
    if (want->want.kind == metadata::WantKind::drop) {
      co_await drop(ctx, std::move(*want));
    } else {
      co_await carry(ctx, std::move(*want));
    }
  }
  step_ = "idle";
  if (ctx.is_cancelled()) throw temporal::WorkflowCancelled();
  co_return progress("");
}

Task<bool> DatasetSyncWorkflow::carry(WorkflowContext& ctx, WorkflowWant want) {
  CancellationScope scope = ctx.new_scope();
  const Carrying carrying(carrying_, scope);
  const Micros started_at_us = ctx.now_us();
  attempts_ = 0;
  say(ctx, want, "syncing");
  for (;;) {
    std::optional<Failure> failure =
        co_await attempt(scope.context(), want, attempts_, started_at_us);
    if (!failure) {
      say(ctx, want, "synced");
      co_return true;
    }
    // A newer want makes this one's failure history.
    if (!wants_.empty()) co_return false;
    ++attempts_;
    if (!scope.is_cancelled() && may_try_again(*failure) && attempts_ < want.retry_attempts) {
      const bool go_on = co_await pause(scope.context(), want, attempts_, std::move(*failure));
      if (go_on) continue;
      if (!scope.is_cancelled()) co_return false;  // for a newer want
    }
    if (scope.is_cancelled()) failure = cancelled_by_request();
    co_return co_await note_failed(ctx, want, std::move(*failure));
  }
}

Task<bool> DatasetSyncWorkflow::note_failed(WorkflowContext& ctx, WorkflowWant want,
                                            Failure failure) {
  step_ = "failed";
  say(ctx, want, "failed");
  std::string input = json::serialize(noted(want, attempts_, "failed", failure));
  co_await ctx.execute_activity(activity_metadata, std::move(input), activity_options());
  co_return false;
}

Task<bool> DatasetSyncWorkflow::pause(WorkflowContext& ctx, WorkflowWant want,
                                      std::int64_t attempts, Failure failure) {
  step_ = "waiting for the next attempt";
  say(ctx, want, "waiting");
  const seconds wait(pause_s(want, attempts));
  json::object input = noted(want, attempts, "waiting", failure);
  input["next_attempt_at_us"] =
      ctx.now_us() + std::chrono::duration_cast<std::chrono::microseconds>(wait).count();
  std::string input_json = json::serialize(input);
  retry_now_ = false;
  co_await ctx.execute_activity(activity_metadata, std::move(input_json), activity_options());
  co_await ctx.wait_condition([this] { return !wants_.empty() || retry_now_; }, milliseconds(wait));
  if (wants_.empty() && !ctx.is_cancelled()) say(ctx, want, "syncing");
  co_return wants_.empty() && !ctx.is_cancelled();
}

Task<std::optional<Failure>> DatasetSyncWorkflow::attempt(WorkflowContext& ctx, WorkflowWant want,
                                                          std::int64_t attempts,
                                                          Micros started_at_us) {
  step_ = activity_bronze;
  std::string bronze_input = json::serialize(step_input(want, attempts));
  ActivityOutcome bronze =
      co_await ctx.execute_activity(activity_bronze, std::move(bronze_input), step_options());
  const auto bronze_result = answer_of(bronze, only_sealed(ctx));
  if (!bronze_result) co_return bronze_result.error();
  if (is_state(*bronze_result, "refused")) forget_order();
  // Satisfied already, deleted meanwhile, or a newer version is current: nothing to do for this
  // want.
  if (!is_state(*bronze_result, "done")) co_return std::nullopt;
  if (!wants_.empty()) co_return std::nullopt;
  if (ctx.is_cancelled()) co_return cancelled_by_request();

  step_ = activity_silver;
  std::string silver_input = json::serialize(step_input(want, attempts));
  ActivityOutcome silver =
      co_await ctx.execute_activity(activity_silver, std::move(silver_input), step_options());
  const auto silver_result = answer_of(silver, only_sealed(ctx));
  if (!silver_result) co_return silver_result.error();
  if (!is_state(*silver_result, "done")) co_return std::nullopt;

  step_ = activity_metadata;
  json::object note = step_input(want, attempts);
  note["outcome"] = "synced";
  note["bronze"] = *bronze_result;
  note["silver"] = *silver_result;
  note["started_at_us"] = started_at_us;
  std::string note_input = json::serialize(note);
  ActivityOutcome done =
      co_await ctx.execute_activity(activity_metadata, std::move(note_input), activity_options());
  if (!done) co_return done.error();
  co_return std::nullopt;
}

Task<bool> DatasetSyncWorkflow::drop(WorkflowContext& ctx, WorkflowWant want) {
  step_ = activity_drop;
  std::int64_t attempts = 0;
  for (;;) {
    std::string input = json::serialize(step_input(want, attempts));
    ActivityOutcome outcome =
        co_await ctx.execute_activity(activity_drop, std::move(input), step_options());
    const auto answer = answer_of(outcome, only_sealed(ctx));
    if (answer) {
      if (is_state(*answer, "refused")) forget_order();
      co_return true;
    }
    if (!wants_.empty()) co_return false;
    // The dataset may be gone, so nobody can ask again: a drop is tried until it is done.
    ++attempts;
    const bool go_on = co_await pause(ctx, want, attempts, answer.error());
    if (!go_on) co_return false;
  }
}

}  // namespace sluice::sync
