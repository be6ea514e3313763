// What a workflow waits for: how each ends, and how it is cancelled.

#include "temporal/workflow/workflow_instance.h"
#include "temporal/workflow/workflow_messages.h"

namespace sluice::temporal {

namespace activation_ns = coresdk::workflow_activation;
namespace child = coresdk::child_workflow;

namespace {

tl::unexpected<Failure> cancelled(const char* message) {
  return tl::unexpected<Failure>(
      Failure{.type = "cancelled", .message = message, .kind = FailureKind::cancelled});
}

bool is_within(const ScopeNode* scope, const ScopeNode* whole) {
  for (; scope != nullptr; scope = scope->parent.get()) {
    if (scope == whole) return true;
  }
  return false;
}

}  // namespace

std::uint32_t WorkflowInstance::schedule_local(commands::ScheduleLocalActivity message,
                                               ActivityState state, ScopePtr scope) {
  Command& command = add_command();
  const std::uint32_t seq = next_seq_++;
  message.set_seq(seq);
  message.set_activity_id(std::to_string(seq));
  *command.mutable_schedule_local_activity() = message;
  activities_.emplace(
      seq, PendingActivity{
               .state = std::move(state), .scope = std::move(scope), .local = std::move(message)});
  return seq;
}

void WorkflowInstance::resolve_activity(const activation_ns::ResolveActivity& job) {
  const auto pending = activities_.find(job.seq());
  if (pending == activities_.end()) return;
  PendingActivity activity = std::move(pending->second);
  activities_.erase(pending);
  const auto& result = job.result();
  if (result.has_completed()) {
    return resolve(activity.state, ActivityOutcome(json_of(result.completed().result())));
  }
  if (result.has_backoff()) return back_off(std::move(activity), result.backoff());
  Failure failure = result.has_cancelled() ? unwrapped_failure_of(result.cancelled().failure())
                                           : unwrapped_failure_of(result.failed().failure());
  resolve(activity.state, ActivityOutcome(tl::unexpected<Failure>(std::move(failure))));
}

/// The pause before a local activity's next attempt is longer than a workflow task should last.
void WorkflowInstance::back_off(PendingActivity activity,
                                const coresdk::activity_result::DoBackoff& pause) {
  commands::ScheduleLocalActivity next = std::move(*activity.local);
  next.set_attempt(pause.attempt());
  *next.mutable_original_schedule_time() = pause.original_schedule_time();
  start_timer(
      duration_of(pause.backoff_duration()), activity.scope,
      [this, next = std::move(next), state = activity.state, scope = activity.scope](bool fired) {
        if (fired) {
          schedule_local(next, state, scope);
        } else {
          resolve(state, ActivityOutcome(cancelled("The activity was cancelled.")));
        }
      });
}

void WorkflowInstance::resolve_child_start(
    const activation_ns::ResolveChildWorkflowExecutionStart& job) {
  const auto pending = children_.find(job.seq());
  if (pending == children_.end()) return;
  if (job.has_succeeded()) {
    return resolve(pending->second.started, ChildOutcome(job.succeeded().run_id()));
  }
  const PendingChild ended = std::move(pending->second);
  children_.erase(pending);
  Failure failure;
  if (job.has_cancelled()) {
    failure = unwrapped_failure_of(job.cancelled().failure());
  } else {
    failure.type = "child_already_started";
    failure.message = "A workflow with the id " + job.failed().workflow_id() + " exists already.";
  }
  resolve(ended.started, ChildOutcome(tl::unexpected<Failure>(failure)));
  resolve(ended.result, ChildOutcome(tl::unexpected<Failure>(std::move(failure))));
}

void WorkflowInstance::resolve_child(const activation_ns::ResolveChildWorkflowExecution& job) {
  const auto pending = children_.find(job.seq());
  if (pending == children_.end()) return;
  const PendingChild ended = std::move(pending->second);
  children_.erase(pending);
  const child::ChildWorkflowResult& result = job.result();
  if (result.has_completed()) {
    return resolve(ended.result, ChildOutcome(json_of(result.completed().result())));
  }
  Failure failure = result.has_cancelled() ? unwrapped_failure_of(result.cancelled().failure())
                                           : unwrapped_failure_of(result.failed().failure());
  resolve(ended.result, ChildOutcome(tl::unexpected<Failure>(std::move(failure))));
}

void WorkflowInstance::resolve_request(std::uint32_t seq, const wire_failure::Failure* failure) {
  const auto pending = requests_.find(seq);
  if (pending == requests_.end()) return;
  const RequestState state = pending->second.state;
  requests_.erase(pending);
  tl::expected<void, Failure> outcome;
  if (failure != nullptr) outcome = tl::unexpected<Failure>(failure_of(*failure));
  resolve(state, std::move(outcome));
}

void WorkflowInstance::fire_timer(std::uint32_t seq) {
  const auto timer = timers_.find(seq);
  if (timer == timers_.end()) return;
  const std::function<void(bool)> done = std::move(timer->second.done);
  timers_.erase(timer);
  done(true);
}

std::uint32_t WorkflowInstance::start_timer(std::chrono::milliseconds duration, ScopePtr scope,
                                            std::function<void(bool fired)> done) {
  auto& command = *add_command().mutable_start_timer();
  const std::uint32_t seq = next_seq_++;
  command.set_seq(seq);
  // The server refuses timers of no duration.
  set_duration(*command.mutable_start_to_fire_timeout(),
               std::max(duration, std::chrono::milliseconds(1)));
  timers_.emplace(seq, Timer{std::move(done), std::move(scope)});
  return seq;
}

void WorkflowInstance::cancel_timer(std::uint32_t seq) {
  const auto timer = timers_.find(seq);
  if (timer == timers_.end()) return;
  const std::function<void(bool)> done = std::move(timer->second.done);
  timers_.erase(timer);
  add_command().mutable_cancel_timer()->set_seq(seq);
  done(false);
}

void WorkflowInstance::cancel(const ScopePtr& scope) {
  if (scope != root_scope_ && scope->is_cancelled) return;
  scope->is_cancelled = true;
  const auto hit = [&scope](const ScopePtr& of) { return is_within(of.get(), scope.get()); };
  for (auto& [seq, activity] : activities_) {
    if (!hit(activity.scope) || std::exchange(activity.cancel_requested, true)) continue;
    if (activity.local) {
      add_command().mutable_request_cancel_local_activity()->set_seq(seq);
    } else {
      add_command().mutable_request_cancel_activity()->set_seq(seq);
    }
  }
  for (auto& [seq, pending] : children_) {
    if (!hit(pending.scope) || std::exchange(pending.cancel_requested, true)) continue;
    auto& command = *add_command().mutable_cancel_child_workflow_execution();
    command.set_child_workflow_seq(seq);
    command.set_reason("The parent was cancelled.");
  }
  for (auto& [seq, request] : requests_) {
    if (!request.is_signal || !hit(request.scope)) continue;
    if (std::exchange(request.cancel_requested, true)) continue;
    add_command().mutable_cancel_signal_workflow()->set_seq(seq);
  }
  for (auto condition = conditions_.begin(); condition != conditions_.end();) {
    if (!hit(condition->scope)) {
      ++condition;
      continue;
    }
    const Condition ended = std::move(*condition);
    condition = conditions_.erase(condition);
    if (ended.timer_seq != 0) cancel_timer(ended.timer_seq);
    resolve(ended.state, ended.predicate() ? WaitResult::met : WaitResult::cancelled);
  }
  std::vector<std::uint32_t> timers;
  for (const auto& [seq, timer] : timers_) {
    if (hit(timer.scope)) timers.push_back(seq);
  }
  for (const std::uint32_t seq : timers) cancel_timer(seq);
}

}  // namespace sluice::temporal
