#include "sync/dataset_sync_workflow.h"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <chrono>

#include "sync/activities.h"

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

/// The spec's maximum interval between attempts.
constexpr std::int64_t retry_interval_max_s = 600;

temporal::ActivityOptions activity_options() {
  temporal::ActivityOptions options;
  // A dead worker is noticed by its missing heartbeat, so the whole may take as long as a large file needs.
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
  const json::value details = json::parse(failure.details, bad);
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

void DatasetSyncWorkflow::on_want(WorkflowContext&, const std::string& text) {
  // A want that cannot be read would fail every replay; the dispatcher makes them, so it is a defect.
  Result<WorkflowWant> want = want_from_json(text);
  if (!want) throw std::runtime_error(want.error().detail);
  // Sent twice, or late: what is being carried is this very want, or a newer one, and must go on.
  if (want->order <= newest_order_) return;
  wants_.push_back(std::move(*want));
}

std::optional<WorkflowWant> DatasetSyncWorkflow::take_newest() {
  std::optional<WorkflowWant> newest;
  for (WorkflowWant& want : wants_) {
    if (want.order > newest_order_) {
      newest_order_ = want.order;
      newest = std::move(want);
    }
  }
  wants_.clear();
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
  co_await ctx.wait_condition([this] { return !wants_.empty() || retry_now_; },
                              milliseconds(wait));
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
  if (!bronze) co_return bronze.error();
  const json::value bronze_result = json::parse(*bronze);
  // Satisfied already, deleted meanwhile, or a newer version is current: nothing to do for this want.
  if (bronze_result.at("state").as_string() != "done") co_return std::nullopt;
  if (!wants_.empty()) co_return std::nullopt;
  if (ctx.is_cancelled()) co_return cancelled_by_request();

  step_ = activity_silver;
  std::string silver_input = json::serialize(step_input(want, attempts));
  ActivityOutcome silver =
      co_await ctx.execute_activity(activity_silver, std::move(silver_input), step_options());
  if (!silver) co_return silver.error();
  const json::value silver_result = json::parse(*silver);
  if (silver_result.at("state").as_string() != "done") co_return std::nullopt;

  step_ = activity_metadata;
  json::object note = step_input(want, attempts);
  note["outcome"] = "synced";
  note["bronze"] = bronze_result;
  note["silver"] = silver_result;
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
    if (outcome) co_return true;
    if (!wants_.empty()) co_return false;
    // The dataset may be gone, so nobody can ask again: a drop is tried until it is done.
    ++attempts;
    const bool go_on = co_await pause(ctx, want, attempts, outcome.error());
    if (!go_on) co_return false;
  }
}

}  // namespace sluice::sync
