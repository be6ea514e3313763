#include "sync/dataset_sync_workflow.h"

#include <bit>
#include <chrono>

#include <boost/json/serialize.hpp>

#include "base/log.h"
#include "sync/retry_pause.h"
#include "sync/workflow_step.h"
#include "temporal/payload/payload_sealer.h"

namespace sluice::sync {

namespace json = boost::json;
using std::chrono::milliseconds;
using temporal::CancellationScope;
using temporal::Failure;
using temporal::Task;
using temporal::WorkflowContext;

namespace {

// Code that changed, by the names that are in histories (src/sync/testdata). Each is asked at the
// place that changed, so that a run which has not been there yet takes the new way.
constexpr const char* patch_sealed = "sealed";
constexpr const char* patch_tells_ends = "tells-ends";
constexpr const char* patch_by_class = "retries-by-class";
constexpr const char* patch_heeds_cancel = "heeds-cancel";
constexpr const char* patch_hands_over = "hands-over-";

/// Of wants that were not sealed, such as those of an API that was not upgraded yet.
constexpr std::size_t unproven_max = 16;

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

}  // namespace

temporal::WorkflowDefinition DatasetSyncWorkflow::definition() {
  return temporal::WorkflowDefinition::of<DatasetSyncWorkflow>(workflow_type)
      .on_signal(want_signal, &DatasetSyncWorkflow::on_want)
      .on_signal(retry_signal, &DatasetSyncWorkflow::on_retry)
      .on_signal(cancel_signal, &DatasetSyncWorkflow::on_cancel)
      .on_query(progress_query, &DatasetSyncWorkflow::progress);
}

/// Runs from before payloads were sealed go on as they began.
bool DatasetSyncWorkflow::only_sealed(WorkflowContext& ctx) { return ctx.patched(patch_sealed); }

/// That a want was overtaken is noted, and a drop says that it is done.
bool DatasetSyncWorkflow::tells_ends(WorkflowContext& ctx) { return ctx.patched(patch_tells_ends); }

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
  if (!next_ || want->order > next_->order) next_ = std::move(*want);
}

void DatasetSyncWorkflow::ignore(WorkflowContext& ctx, const std::string& why) {
  if (!ctx.is_replaying() && !has_ignored_) {
    log::warn(
        "Databricks sync: a signal was not obeyed; no further one of this run is logged",
        {{"workflow_id", ctx.info().workflow_id}, {"run_id", ctx.info().run_id}, {"why", why}});
  }
  has_ignored_ = true;
}

bool DatasetSyncWorkflow::take_newest(WorkflowContext& ctx) {
  order_before_ = newest_order_;
  WorkflowWant want;
  if (next_) {
    newest_order_ = next_->order;
    want = std::move(*next_);
    next_.reset();
  } else if (!unproven_.empty()) {
    // Its order counts for nothing: a forged one would keep all others out.
    want = std::move(unproven_.front());
    unproven_.erase(unproven_.begin());
  } else {
    return false;
  }
  hand_ = WantInHand{std::move(want), 0, ctx.now_us(), ctx.info().run_id};
  return true;
}

std::string DatasetSyncWorkflow::progress(const std::string&) const {
  return json::serialize(json::object{{"step", step_},
                                      {"version", hand_ ? hand_->want.want.version : version_},
                                      {"attempts", hand_ ? hand_->attempts : 0}});
}

void DatasetSyncWorkflow::on_retry(WorkflowContext&, const std::string&) { retry_now_ = true; }

void DatasetSyncWorkflow::on_cancel(WorkflowContext&, const std::string&) {
  if (carrying_ != nullptr) carrying_->cancel();
}

void DatasetSyncWorkflow::say(WorkflowContext& ctx, const char* status) {
  if (!hand_->want.search_attributes) return;
  ctx.upsert_search_attributes({{attribute_status, json::serialize(json::string(status))}});
}

DatasetSyncWorkflow::End DatasetSyncWorkflow::end_of(StepState state) {
  switch (state) {
    case StepState::superseded:
      return End::superseded;
    case StepState::gone:
      return End::gone;
    case StepState::refused:
      return End::refused;
    case StepState::done:
    case StepState::satisfied:
      break;
  }
  return End::synced;
}

const char* DatasetSyncWorkflow::status_of(End end) {
  switch (end) {
    case End::synced:
      return "synced";
    case End::gone:
      return "gone";
    case End::refused:
      return "refused";
    case End::superseded:
    case End::overtaken:
      break;
  }
  return "superseded";
}

void DatasetSyncWorkflow::take_over(WorkflowContext& ctx, const std::string& input_json) {
  if (input_json.empty()) return;
  const std::optional<std::string> unsealed = temporal::unsealed_text(input_json);
  Result<Continuation> before = continuation_from_json(unsealed.value_or(input_json));
  if (unsealed || !before) return ignore(ctx, "It was started with what no run has handed over.");
  const auto is_foreign = [&ctx](const WorkflowWant& want) {
    return workflow_id_of(want.want.dataset_id) != ctx.info().workflow_id;
  };
  if ((before->in_hand && is_foreign(before->in_hand->want)) ||
      (before->next && is_foreign(*before->next))) {
    return ignore(ctx, "It was started with what was handed over for another dataset.");
  }
  hand_ = std::move(before->in_hand);
  newest_order_ = before->newest_order;
  order_before_ = before->order_before;
  has_ignored_ = has_ignored_ || before->has_ignored;
  // Signals that came with the start were heard first, before it was known what is old.
  if (before->next && (!next_ || before->next->order > next_->order)) {
    next_ = std::move(before->next);
  }
  if (next_ && next_->order <= newest_order_) next_.reset();
  unproven_.insert(unproven_.begin(), before->unproven.begin(), before->unproven.end());
  if (unproven_.size() > unproven_max) unproven_.resize(unproven_max);
}

void DatasetSyncWorkflow::hand_over_if_long(WorkflowContext& ctx) {
  const bool is_long =
      ctx.history_length() >= history_events_max || ctx.continue_as_new_suggested();
  // A run that was cancelled has to end as that. One from before payloads were sealed may carry a
  // want that is proven by the time at which the run began.
  if (!is_long || ctx.is_cancelled() || !only_sealed(ctx)) return;
  // Asked anew each time that the length has doubled: a run whose history was long already before
  // there was this code has gone past the earlier places.
  const auto doublings = static_cast<int>(std::bit_width(ctx.history_length()));
  if (!ctx.patched(patch_hands_over + std::to_string(doublings))) return;
  const Continuation after{hand_, next_, unproven_, newest_order_, order_before_, has_ignored_};
  throw temporal::ContinueAsNew(to_json(after),
                                {.search_attributes = ctx.info().search_attributes});
}

Task<std::string> DatasetSyncWorkflow::run(WorkflowContext& ctx, std::string input_json) {
  only_sealed(ctx);  // decided at the first step, for the whole run
  take_over(ctx, input_json);
  while (hand_ || take_newest(ctx)) {
    if (hand_->want.want.kind == metadata::WantKind::drop) {
      co_await drop(ctx);
    } else {
      co_await carry(ctx);
    }
    version_ = hand_->want.want.version;
    hand_.reset();
    if (next_ || !unproven_.empty()) hand_over_if_long(ctx);
  }
  step_ = "idle";
  if (ctx.is_cancelled()) throw temporal::WorkflowCancelled();
  co_return progress("");
}

bool DatasetSyncWorkflow::tries_again(WorkflowContext& ctx, const Failure& failure) const {
  if (failure.type != failure_lakehouse && failure.type != failure_exception) return false;
  const std::string error_class = class_of(failure);
  if (error_class == "needs_you" && ctx.patched(patch_by_class)) return false;
  if (hand_->attempts < hand_->want.retry_attempts) return true;
  return error_class == "transient" && ctx.patched(patch_by_class);
}

Task<void> DatasetSyncWorkflow::carry(WorkflowContext& ctx) {
  CancellationScope scope = ctx.new_scope();
  const Carrying carrying(carrying_, scope);
  say(ctx, "syncing");
  for (;;) {
    const temporal::Typed<End> ended = co_await attempt(scope.context());
    if (ended && !(*ended == End::overtaken && tells_ends(ctx))) {
      say(ctx, status_of(*ended));
      co_return;
    }
    // A newer want makes this one's failure history.
    if (ended || next_) co_return co_await note_overtaken(ctx);
    Failure failure = ended.error();
    ++hand_->attempts;
    if (!scope.is_cancelled() && tries_again(ctx, failure)) {
      const bool go_on = co_await pause(scope.context(), failure);
      if (go_on) hand_over_if_long(ctx);
      if (go_on) continue;
      if (!scope.is_cancelled()) co_return co_await note_overtaken(ctx);
    }
    if (scope.is_cancelled()) failure = cancelled_by_request();
    co_return co_await note_failed(ctx, std::move(failure));
  }
}

Task<void> DatasetSyncWorkflow::note_failed(WorkflowContext& ctx, Failure failure) {
  step_ = "failed";
  say(ctx, "failed");
  const NoteInput note = note_input(*hand_, NoteOutcome::failed, failure);
  auto noted = execute(ctx, activity_metadata, note, note_options());
  co_await noted;
}

Task<void> DatasetSyncWorkflow::note_overtaken(WorkflowContext& ctx) {
  if (!tells_ends(ctx)) co_return;
  const NoteInput note = note_input(*hand_, NoteOutcome::superseded);
  auto noted = execute(ctx, activity_metadata, note, note_options());
  co_await noted;
  say(ctx, status_of(End::overtaken));
}

Task<bool> DatasetSyncWorkflow::pause(WorkflowContext& ctx, Failure failure) {
  step_ = "waiting for the next attempt";
  say(ctx, "waiting");
  RetryPause pause = pause_after(hand_->want, hand_->attempts);
  if (pause.is_slow) pause.duration = spread(pause.duration, ctx.random_u64());
  NoteInput note = note_input(*hand_, NoteOutcome::waiting, failure);
  note.waiting_for = pause.is_slow ? "lakehouse" : "retry";
  note.next_attempt_at_us =
      ctx.now_us() + std::chrono::duration_cast<std::chrono::microseconds>(pause.duration).count();
  retry_now_ = false;
  auto noted = execute(ctx, activity_metadata, note, note_options());
  co_await noted;
  // What is begun in a cancelled scope runs undisturbed: the pause would.
  if (ctx.is_cancelled() && ctx.patched(patch_heeds_cancel)) co_return false;
  co_await ctx.wait_condition([this] { return next_ || retry_now_; }, milliseconds(pause.duration));
  const bool go_on = !next_ && !ctx.is_cancelled();
  if (go_on) say(ctx, "syncing");
  co_return go_on;
}

Task<temporal::Typed<BeginResult>> DatasetSyncWorkflow::wait_for_others(WorkflowContext& ctx) {
  step_ = activity_begin.name;
  retry_now_ = false;
  auto begin_step = execute(ctx, activity_begin, step_input(*hand_), step_options());
  auto begun = answer_of(co_await begin_step, only_sealed(ctx));
  if (!begun || !begun->made) co_return begun;
  const milliseconds pause = wait_until(begun->made->begins_at_us, ctx.now_us(), hand_->want);
  if (pause.count() == 0 || next_ || ctx.is_cancelled()) co_return begun;
  step_ = "waiting for others";
  say(ctx, "waiting");
  co_await ctx.wait_condition([this] { return next_ || retry_now_; }, pause);
  if (!next_ && !ctx.is_cancelled()) say(ctx, "syncing");
  co_return begun;
}

Task<temporal::Typed<DatasetSyncWorkflow::End>> DatasetSyncWorkflow::attempt(WorkflowContext& ctx) {
  using Attempted = temporal::Typed<End>;
  // Wants from before there were windows have none: their histories know no such step.
  if (hand_->want.window_s) {
    const temporal::Typed<BeginResult> begun = co_await wait_for_others(ctx);
    if (!begun) co_return tl::unexpected<Failure>(begun.error());
    if (begun->state == StepState::refused) forget_order();
    if (begun->state != StepState::done) co_return Attempted(end_of(begun->state));
    if (next_) co_return Attempted(End::overtaken);
    if (ctx.is_cancelled()) co_return tl::unexpected<Failure>(cancelled_by_request());
  }
  step_ = activity_bronze.name;
  auto bronze_step = execute(ctx, activity_bronze, step_input(*hand_), step_options());
  const auto bronze = answer_of(co_await bronze_step, only_sealed(ctx));
  if (!bronze) co_return tl::unexpected<Failure>(bronze.error());
  if (bronze->state == StepState::refused) forget_order();
  // Satisfied already, deleted meanwhile, or a newer version is current: nothing to do for this
  // want.
  if (bronze->state != StepState::done) co_return Attempted(end_of(bronze->state));
  if (next_) co_return Attempted(End::overtaken);
  if (ctx.is_cancelled()) co_return tl::unexpected<Failure>(cancelled_by_request());

  step_ = activity_silver.name;
  auto silver_step = execute(ctx, activity_silver, step_input(*hand_), later_step_options());
  const auto silver = answer_of(co_await silver_step, only_sealed(ctx));
  if (!silver) co_return tl::unexpected<Failure>(silver.error());
  if (silver->state != StepState::done) co_return Attempted(end_of(silver->state));

  step_ = activity_metadata.name;
  NoteInput note = note_input(*hand_, NoteOutcome::synced);
  note.bronze = *bronze;
  note.silver = *silver;
  note.started_at_us = hand_->started_at_us;
  auto note_step = execute(ctx, activity_metadata, note, note_options());
  const auto noted = answer_of(co_await note_step, only_sealed(ctx));
  if (!noted) co_return tl::unexpected<Failure>(noted.error());
  co_return Attempted(end_of(noted->state));
}

Task<void> DatasetSyncWorkflow::drop(WorkflowContext& ctx) {
  step_ = activity_drop.name;
  for (;;) {
    auto drop_step = execute(ctx, activity_drop, step_input(*hand_), step_options());
    const auto answer = answer_of(co_await drop_step, only_sealed(ctx));
    if (answer) {
      if (answer->state == StepState::refused) forget_order();
      const End end = end_of(answer->state);
      if (tells_ends(ctx)) say(ctx, end == End::synced ? "not_synced" : status_of(end));
      co_return;
    }
    if (next_) co_return co_await note_overtaken(ctx);
    // The dataset may be gone, so nobody can ask again: a drop is tried until it is done.
    ++hand_->attempts;
    const bool go_on = co_await pause(ctx, answer.error());
    if (!go_on && next_) co_await note_overtaken(ctx);
    if (!go_on) co_return;
    hand_over_if_long(ctx);
  }
}

}  // namespace sluice::sync
