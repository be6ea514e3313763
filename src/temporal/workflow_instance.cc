#include "temporal/workflow_instance.h"

#include "base/log.h"
#include "temporal/payload.h"

namespace sluice::temporal {

namespace activation_ns = coresdk::workflow_activation;

namespace {

template <typename Repeated>
std::string first_json(const Repeated& payloads) {
  return payloads.empty() ? std::string() : json_of(payloads.Get(0));
}

}  // namespace

WorkflowInstance::WorkflowInstance(const WorkflowDefinition& definition, std::string run_id,
                                   std::string task_queue)
    : definition_(definition) {
  info_.workflow_type = definition.type;
  info_.run_id = std::move(run_id);
  info_.task_queue = std::move(task_queue);
}

WorkflowInstance::Completion WorkflowInstance::activate(const Activation& activation) {
  now_us_ = micros_of(activation.timestamp());
  is_replaying_ = activation.is_replaying();
  history_length_ = activation.history_length();
  continue_as_new_suggested_ = activation.continue_as_new_suggested();
  completion_.Clear();
  completion_.set_run_id(info_.run_id);
  completion_.mutable_successful();
  try {
    bool may_drive = false;
    for (const auto& job : activation.jobs()) {
      may_drive = may_drive || !job.has_query_workflow();
      apply(job);
    }
    if (may_drive && !is_finished_) {
      // A cancellation that comes with the start would else find nothing begun yet, and be heard by
      // nobody.
      if (cancel_requested_ && activation.jobs(0).has_initialize_workflow()) drive();
      if (cancel_requested_ && !is_finished_) cancel_pending();
      if (!is_finished_) drive();
    }
  } catch (const std::exception& error) {
    log::error("A workflow task failed; the server will repeat it",
               {{"workflow_id", info_.workflow_id},
                {"type", info_.workflow_type},
                {"error", error.what()}});
    completion_.clear_status();
    set_failure(*completion_.mutable_failed()->mutable_failure(),
                Failure{.type = "exception", .message = error.what()});
  }
  return std::move(completion_);
}

void WorkflowInstance::apply(const activation_ns::WorkflowActivationJob& job) {
  switch (job.variant_case()) {
    case activation_ns::WorkflowActivationJob::kInitializeWorkflow:
      return initialize(job.initialize_workflow());
    case activation_ns::WorkflowActivationJob::kFireTimer:
      return fire_timer(job.fire_timer().seq());
    case activation_ns::WorkflowActivationJob::kUpdateRandomSeed:
      random_.seed(job.update_random_seed().randomness_seed());
      return;
    case activation_ns::WorkflowActivationJob::kQueryWorkflow:
      return answer(job.query_workflow());
    case activation_ns::WorkflowActivationJob::kCancelWorkflow:
      is_cancelled_ = true;
      cancel_requested_ = true;
      return;
    case activation_ns::WorkflowActivationJob::kSignalWorkflow:
      return signal(job.signal_workflow());
    case activation_ns::WorkflowActivationJob::kResolveActivity:
      return resolve_activity(job.resolve_activity());
    default:
      // Children, patches, updates and the like: nothing of ours asks for them.
      throw std::runtime_error("An activation job of kind " + std::to_string(job.variant_case()) +
                               " is not supported.");
  }
}

void WorkflowInstance::initialize(const activation_ns::InitializeWorkflow& job) {
  info_.workflow_id = job.workflow_id();
  info_.attempt = job.attempt();
  random_.seed(job.randomness_seed());
  input_ = first_json(job.arguments());
  workflow_ = definition_.make();
  root_.emplace(workflow_->run(context_, input_));
  ready_.push_back(root_->frame());
}

void WorkflowInstance::signal(const activation_ns::SignalWorkflow& job) {
  const auto handler = definition_.signals.find(job.signal_name());
  if (handler == definition_.signals.end()) {
    if (!is_replaying_) {
      log::warn("A signal that the workflow does not know was dropped",
                {{"workflow_id", info_.workflow_id}, {"signal", job.signal_name()}});
    }
    return;
  }
  handler->second(*workflow_, context_, first_json(job.input()));
}

void WorkflowInstance::answer(const activation_ns::QueryWorkflow& job) {
  auto& response = *add_command().mutable_respond_to_query();
  response.set_query_id(job.query_id());
  const auto handler = definition_.queries.find(job.query_type());
  try {
    if (handler == definition_.queries.end()) {
      throw std::runtime_error("The workflow " + info_.workflow_type + " knows no query " +
                               job.query_type() + ".");
    }
    // The handler first: an answer half written must not be left behind when it throws.
    std::string json = handler->second(*workflow_, first_json(job.arguments()));
    set_payload(*response.mutable_succeeded()->mutable_response(), std::move(json));
  } catch (const std::exception& error) {
    set_failure(*response.mutable_failed(), Failure{.type = "query", .message = error.what()});
  }
}

void WorkflowInstance::resolve_activity(const activation_ns::ResolveActivity& job) {
  const auto pending = activities_.find(job.seq());
  if (pending == activities_.end()) return;
  const ActivityState state = pending->second;
  activities_.erase(pending);
  const auto& result = job.result();
  if (result.has_completed()) {
    return resolve<ActivityOutcome>(state, json_of(result.completed().result()));
  }
  Failure failure = result.has_cancelled() ? unwrapped_failure_of(result.cancelled().failure())
                                           : unwrapped_failure_of(result.failed().failure());
  resolve<ActivityOutcome>(state, tl::unexpected<Failure>(std::move(failure)));
}

void WorkflowInstance::fire_timer(std::uint32_t seq) {
  const auto timer = timers_.find(seq);
  if (timer == timers_.end()) return;
  const std::function<void(bool)> done = std::move(timer->second);
  timers_.erase(timer);
  done(true);
}

void WorkflowInstance::cancel_pending() {
  cancel_requested_ = false;
  for (const auto& [seq, state] : activities_)
    add_command().mutable_request_cancel_activity()->set_seq(seq);
  std::list<Condition> conditions = std::move(conditions_);
  conditions_.clear();
  for (const Condition& condition : conditions) {
    if (condition.timer_seq != 0) cancel_timer(condition.timer_seq);
    resolve<WaitResult>(condition.state,
                        condition.predicate() ? WaitResult::met : WaitResult::cancelled);
  }
  while (!timers_.empty()) cancel_timer(timers_.begin()->first);
}

void WorkflowInstance::drive() {
  do {
    while (!ready_.empty()) {
      const std::coroutine_handle<> next = ready_.front();
      ready_.pop_front();
      next.resume();
      if (root_->done()) return finish();
    }
  } while (wake_one_condition());
}

bool WorkflowInstance::wake_one_condition() {
  // One at a time: the first to wake may undo what the next was waiting for.
  for (auto condition = conditions_.begin(); condition != conditions_.end(); ++condition) {
    if (!condition->predicate()) continue;
    const Condition met = std::move(*condition);
    conditions_.erase(condition);
    if (met.timer_seq != 0) cancel_timer(met.timer_seq);
    resolve<WaitResult>(met.state, WaitResult::met);
    return true;
  }
  return false;
}

void WorkflowInstance::finish() {
  is_finished_ = true;
  try {
    std::string result = root_->result();
    set_payload(*add_command().mutable_complete_workflow_execution()->mutable_result(),
                result.empty() ? "null" : std::move(result));
  } catch (const WorkflowFailure& failure) {
    set_failure(*add_command().mutable_fail_workflow_execution()->mutable_failure(),
                failure.failure());
  } catch (const WorkflowCancelled&) {
    add_command().mutable_cancel_workflow_execution();
  } catch (const ContinueAsNew& next) {
    auto& command = *add_command().mutable_continue_as_new_workflow_execution();
    command.set_workflow_type(info_.workflow_type);
    command.set_task_queue(info_.task_queue);
    set_payload(*command.add_arguments(), next.input_json);
  }
}

WorkflowInstance::Command& WorkflowInstance::add_command() {
  return *completion_.mutable_successful()->add_commands();
}

std::uint32_t WorkflowInstance::start_timer(std::chrono::milliseconds duration,
                                            std::function<void(bool fired)> done) {
  const std::uint32_t seq = next_seq_++;
  auto& command = *add_command().mutable_start_timer();
  command.set_seq(seq);
  // The server refuses timers of no duration.
  set_duration(*command.mutable_start_to_fire_timeout(),
               std::max(duration, std::chrono::milliseconds(1)));
  timers_.emplace(seq, std::move(done));
  return seq;
}

void WorkflowInstance::cancel_timer(std::uint32_t seq) {
  const auto timer = timers_.find(seq);
  if (timer == timers_.end()) return;
  const std::function<void(bool)> done = std::move(timer->second);
  timers_.erase(timer);
  add_command().mutable_cancel_timer()->set_seq(seq);
  done(false);
}

}  // namespace sluice::temporal
