#include "temporal/workflow/workflow_instance.h"

#include "base/log.h"
#include "temporal/workflow/workflow_messages.h"

namespace sluice::temporal {

namespace activation_ns = coresdk::workflow_activation;

namespace {

thread_local const WorkflowInstance* driving = nullptr;

/// While workflow code runs on this thread.
class Driving {
 public:
  explicit Driving(const WorkflowInstance* instance) { driving = instance; }
  ~Driving() { driving = nullptr; }
  Driving(const Driving&) = delete;
  Driving& operator=(const Driving&) = delete;
};

template <typename Repeated>
std::string first_json(const Repeated& payloads) {
  return payloads.empty() ? std::string() : json_of(payloads.Get(0));
}

/// For the time of a query or a validator.
class ReadOnly {
 public:
  explicit ReadOnly(bool& flag) : flag_(flag) { flag_ = true; }
  ~ReadOnly() { flag_ = false; }
  ReadOnly(const ReadOnly&) = delete;
  ReadOnly& operator=(const ReadOnly&) = delete;

 private:
  bool& flag_;
};

}  // namespace

bool WorkflowInstance::is_driving() noexcept { return driving != nullptr; }

WorkflowInstance::WorkflowInstance(const WorkflowDefinition& definition, std::string run_id,
                                   std::string task_queue, std::string namespace_name)
    : definition_(definition) {
  info_.workflow_type = definition.type;
  info_.run_id = std::move(run_id);
  info_.task_queue = std::move(task_queue);
  info_.namespace_name = std::move(namespace_name);
}

WorkflowInstance::~WorkflowInstance() = default;

WorkflowInstance::Completion WorkflowInstance::activate(const Activation& activation) {
  now_us_ = micros_of(activation.timestamp());
  is_replaying_ = activation.is_replaying();
  history_length_ = activation.history_length();
  continue_as_new_suggested_ = activation.continue_as_new_suggested();
  completion_.Clear();
  completion_.set_run_id(info_.run_id);
  completion_.mutable_successful();
  try {
    const Driving now(this);
    drive_all(activation);
  } catch (const std::exception& error) {
    fail_task(error.what());
  } catch (...) {
    fail_task("Something was thrown that is no std::exception.");
  }
  return std::move(completion_);
}

void WorkflowInstance::fail_task(const std::string& why) {
  log::error("A workflow task failed; the server will repeat it",
             {{"workflow_id", info_.workflow_id}, {"type", info_.workflow_type}, {"error", why}});
  completion_.clear_status();
  set_failure(*completion_.mutable_failed()->mutable_failure(),
              Failure{.type = "exception", .message = why});
}

void WorkflowInstance::drive_all(const Activation& activation) {
  bool may_drive = false;
  for (const auto& job : activation.jobs()) {
    may_drive = may_drive || !job.has_query_workflow();
    // Nothing may follow the command that ends a workflow.
    if (is_finished_ && !job.has_query_workflow()) continue;
    apply(job);
  }
  if (!may_drive || is_finished_) return;
  const bool begins = workflow_ && !root_;
  if (begins) {  // Behind the handlers of what came with the start.
    root_.emplace(workflow_->run(context_, input_));
    ready_.push_back(root_->frame());
  }
  // A cancellation that comes with the start would else find nothing begun yet, and be heard by
  // nobody.
  if (cancel_requested_ && begins) drive();
  if (cancel_requested_ && !is_finished_) cancel(root_scope_);
  cancel_requested_ = false;
  if (!is_finished_) drive();
}

void WorkflowInstance::apply(const activation_ns::WorkflowActivationJob& job) {
  using Job = activation_ns::WorkflowActivationJob;
  switch (job.variant_case()) {
    case Job::kInitializeWorkflow:
      return initialize(job.initialize_workflow());
    case Job::kFireTimer:
      return fire_timer(job.fire_timer().seq());
    case Job::kUpdateRandomSeed:
      return random_.seed(job.update_random_seed().randomness_seed());
    case Job::kQueryWorkflow:
      return answer(job.query_workflow());
    case Job::kCancelWorkflow:
      root_scope_->is_cancelled = true;
      cancel_requested_ = true;
      return;
    case Job::kSignalWorkflow:
      return signal(job.signal_workflow());
    case Job::kDoUpdate:
      return update(job.do_update());
    case Job::kResolveActivity:
      return resolve_activity(job.resolve_activity());
    case Job::kNotifyHasPatch:
      known_patches_[job.notify_has_patch().patch_id()] = true;
      return;
    case Job::kResolveChildWorkflowExecutionStart:
      return resolve_child_start(job.resolve_child_workflow_execution_start());
    case Job::kResolveChildWorkflowExecution:
      return resolve_child(job.resolve_child_workflow_execution());
    case Job::kResolveSignalExternalWorkflow: {
      const auto& resolved = job.resolve_signal_external_workflow();
      return resolve_request(resolved.seq(),
                             resolved.has_failure() ? &resolved.failure() : nullptr);
    }
    case Job::kResolveRequestCancelExternalWorkflow: {
      const auto& resolved = job.resolve_request_cancel_external_workflow();
      return resolve_request(resolved.seq(),
                             resolved.has_failure() ? &resolved.failure() : nullptr);
    }
    default:
      // Nexus operations: nothing of ours asks for them.
      throw std::runtime_error("An activation job of kind " + std::to_string(job.variant_case()) +
                               " is not supported.");
  }
}

void WorkflowInstance::initialize(const activation_ns::InitializeWorkflow& job) {
  info_.workflow_id = job.workflow_id();
  info_.attempt = job.attempt();
  info_.started_at_us = micros_of(job.start_time());
  info_.parent_workflow_id = job.parent_workflow_info().workflow_id();
  info_.parent_run_id = job.parent_workflow_info().run_id();
  info_.first_run_id = job.first_execution_run_id();
  info_.continued_from_run_id = job.continued_from_execution_run_id();
  info_.cron_schedule = job.cron_schedule();
  info_.memo = fields_of(job.memo().fields());
  info_.search_attributes = fields_of(job.search_attributes().indexed_fields());
  random_.seed(job.randomness_seed());
  input_ = first_json(job.arguments());
  workflow_ = definition_.make();
}

void WorkflowInstance::signal(const activation_ns::SignalWorkflow& job) {
  const std::string& name = job.signal_name();
  if (const auto task = definition_.signal_tasks.find(name);
      task != definition_.signal_tasks.end()) {
    return adopt(run_signal(task->second, first_json(job.input())));
  }
  const auto handler = definition_.signals.find(name);
  if (handler == definition_.signals.end()) {
    if (!is_replaying_) {
      log::warn("A signal that the workflow does not know was dropped",
                {{"workflow_id", info_.workflow_id}, {"signal", name}});
    }
    return;
  }
  try {
    handler->second(*workflow_, context_, first_json(job.input()));
  } catch (...) {
    finish_by(std::current_exception());
  }
}

Task<void> WorkflowInstance::run_signal(const WorkflowDefinition::SignalTask& handler,
                                        std::string input) {
  ++handlers_running_;
  Task<void> task = handler(*workflow_, context_, std::move(input));
  co_await task;
  --handlers_running_;
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
    const ReadOnly asked(is_read_only_);
    std::string json = handler->second(*workflow_, first_json(job.arguments()));
    set_payload(*response.mutable_succeeded()->mutable_response(), std::move(json));
  } catch (const std::exception& error) {
    set_failure(*response.mutable_failed(), Failure{.type = "query", .message = error.what()});
  }
}

void WorkflowInstance::update(const activation_ns::DoUpdate& job) {
  const auto found = definition_.updates.find(job.name());
  std::string input = first_json(job.input());
  try {
    if (found == definition_.updates.end()) {
      throw std::runtime_error("The workflow " + info_.workflow_type + " knows no update " +
                               job.name() + ".");
    }
    const ReadOnly asked(is_read_only_);
    if (job.run_validator() && found->second.validator) {
      found->second.validator(*workflow_, input);
    }
  } catch (const WorkflowFailure& refused) {
    auto& response = *add_command().mutable_update_response();
    response.set_protocol_instance_id(job.protocol_instance_id());
    return set_failure(*response.mutable_rejected(), refused.failure());
  } catch (const std::exception& error) {
    auto& response = *add_command().mutable_update_response();
    response.set_protocol_instance_id(job.protocol_instance_id());
    return set_failure(*response.mutable_rejected(),
                       Failure{.type = "update", .message = error.what()});
  }
  auto& response = *add_command().mutable_update_response();
  response.set_protocol_instance_id(job.protocol_instance_id());
  response.mutable_accepted();
  adopt(run_update(found->second, job.protocol_instance_id(), std::move(input)));
}

Task<void> WorkflowInstance::run_update(const WorkflowDefinition::Update& update,
                                        std::string protocol_id, std::string input) {
  ++handlers_running_;
  std::optional<Failure> failure;
  std::string result;
  try {
    Task<std::string> task = update.handler(*workflow_, context_, std::move(input));
    result = co_await task;
  } catch (const WorkflowFailure& thrown) {
    failure = thrown.failure();
  }
  --handlers_running_;
  auto& response = *add_command().mutable_update_response();
  response.set_protocol_instance_id(protocol_id);
  if (failure) {
    set_failure(*response.mutable_rejected(), *failure);
  } else {
    set_payload(*response.mutable_completed(), result.empty() ? "null" : std::move(result));
  }
}

void WorkflowInstance::adopt(Task<void> task) {
  ready_.push_back(task.frame());
  tasks_.push_back(std::move(task));
}

void WorkflowInstance::drive() {
  do {
    while (!ready_.empty()) {
      const std::coroutine_handle<> next = ready_.front();
      ready_.pop_front();
      next.resume();
      if (root_ && root_->done()) return finish();
      reap();
      if (is_finished_) return;
    }
  } while (wake_one_condition());
}

/// A handler that threw ends the workflow as `run` would.
void WorkflowInstance::reap() {
  for (auto task = tasks_.begin(); task != tasks_.end();) {
    if (!task->done()) {
      ++task;
      continue;
    }
    Task<void> ended = std::move(*task);
    task = tasks_.erase(task);
    try {
      ended.result();
    } catch (...) {
      return finish_by(std::current_exception());
    }
  }
}

bool WorkflowInstance::wake_one_condition() {
  // One at a time: the first to wake may undo what the next was waiting for.
  for (auto condition = conditions_.begin(); condition != conditions_.end(); ++condition) {
    if (!condition->predicate()) continue;
    const Condition met = std::move(*condition);
    conditions_.erase(condition);
    if (met.timer_seq != 0) cancel_timer(met.timer_seq);
    resolve(met.state, WaitResult::met);
    return true;
  }
  return false;
}

void WorkflowInstance::finish() {
  try {
    std::string result = root_->result();
    is_finished_ = true;
    set_payload(*add_command().mutable_complete_workflow_execution()->mutable_result(),
                result.empty() ? "null" : std::move(result));
  } catch (...) {
    finish_by(std::current_exception());
  }
  if (is_finished_ && handlers_running_ > 0 && !is_replaying_) {
    log::warn("A workflow ended before handlers of its signals or updates did",
              {{"workflow_id", info_.workflow_id}, {"type", info_.workflow_type}});
  }
}

void WorkflowInstance::finish_by(const std::exception_ptr& thrown) {
  is_finished_ = true;
  try {
    std::rethrow_exception(thrown);
  } catch (const WorkflowFailure& failure) {
    set_failure(*add_command().mutable_fail_workflow_execution()->mutable_failure(),
                failure.failure());
  } catch (const WorkflowCancelled&) {
    add_command().mutable_cancel_workflow_execution();
  } catch (const ContinueAsNew& next) {
    continue_as_new(next);
  }
}

void WorkflowInstance::continue_as_new(const ContinueAsNew& next) {
  using Wire = commands::ContinueAsNewWorkflowExecution;
  const ContinueOptions& options = next.options;
  Wire& wire = *add_command().mutable_continue_as_new_workflow_execution();
  wire.set_workflow_type(options.workflow_type.empty() ? info_.workflow_type
                                                       : options.workflow_type);
  wire.set_task_queue(options.task_queue.empty() ? info_.task_queue : options.task_queue);
  set_limit(wire, &Wire::mutable_workflow_run_timeout, options.timeouts.run);
  set_limit(wire, &Wire::mutable_workflow_task_timeout, options.timeouts.task);
  set_fields(*wire.mutable_memo(), options.memo);
  if (!options.search_attributes.empty()) {
    set_fields(*wire.mutable_search_attributes()->mutable_indexed_fields(),
               options.search_attributes);
  }
  if (!next.input_json.empty()) set_payload(*wire.add_arguments(), next.input_json);
}

WorkflowInstance::Command& WorkflowInstance::add_command() {
  if (is_read_only_) {
    throw std::logic_error("Queries and validators may look at a workflow, not change it.");
  }
  if (driving != this) {
    throw std::logic_error("A workflow's context is used outside of its workflow task.");
  }
  return *completion_.mutable_successful()->add_commands();
}

}  // namespace sluice::temporal
