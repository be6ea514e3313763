#include "temporal/workflow/workflow_runner.h"

#include "base/log.h"
#include "temporal/payload/payload.h"
#include "temporal/payload/payload_visitor.h"

namespace sluice::temporal {

namespace {

/// As the official SDKs have it: a step of workflow code takes microseconds.
constexpr std::chrono::seconds step_max{2};

}  // namespace

WorkflowRunner::WorkflowRunner(const std::map<std::string, WorkflowDefinition>& definitions,
                               std::shared_ptr<const PayloadCodec> codec, std::string task_queue,
                               std::string namespace_name)
    : definitions_(definitions),
      codec_(std::move(codec)),
      task_queue_(std::move(task_queue)),
      namespace_name_(std::move(namespace_name)),
      watchdog_({.name = "workflow watchdog", .poll_interval = step_max / 2},
                [this](const std::stop_token&) {
                  watch();
                  return BackgroundLoop::Round::idle;
                }) {}

WorkflowRunner::~WorkflowRunner() = default;

void WorkflowRunner::watch() {
  const std::lock_guard lock(mutex_);
  if (active_run_.empty()) reported_run_.clear();
  const bool late = std::chrono::steady_clock::now() - active_since_ > step_max;
  if (active_run_.empty() || !late || reported_run_ == active_run_) return;
  reported_run_ = active_run_;
  log::error(
      "Workflow code has not given control back for two seconds: it blocks, or loops, and all "
      "workflows of this worker wait for it",
      {{"run_id", active_run_}, {"task_queue", task_queue_}});
}

std::string WorkflowRunner::handle(const std::string& bytes) {
  WorkflowInstance::Activation activation;
  WorkflowInstance::Completion completion;
  if (!activation.ParseFromString(bytes)) {
    log::error("An activation cannot be read", {{"task_queue", task_queue_}});
    return completion.SerializeAsString();
  }
  const std::string workflow_id = workflow_id_of(activation);
  if (const Result<void> decoded = decode_payloads(codec_.get(), activation, workflow_id);
      !decoded) {
    completion.set_run_id(activation.run_id());
    log::error("A workflow task was refused", {{"error", decoded.error().detail}});
    set_failure(*completion.mutable_failed()->mutable_failure(),
                Failure{.type = decoded.error().code, .message = decoded.error().detail});
    return completion.SerializeAsString();
  }
  {
    const std::lock_guard lock(mutex_);
    active_run_ = activation.run_id();
    active_since_ = std::chrono::steady_clock::now();
  }
  completion = completion_of(activation);
  {
    const std::lock_guard lock(mutex_);
    active_run_.clear();
  }
  encode_payloads(codec_.get(), completion, workflow_id);
  return completion.SerializeAsString();
}

std::string WorkflowRunner::workflow_id_of(const WorkflowInstance::Activation& activation) const {
  if (activation.jobs_size() > 0 && activation.jobs(0).has_initialize_workflow()) {
    return activation.jobs(0).initialize_workflow().workflow_id();
  }
  const auto instance = cache_.find(activation.run_id());
  return instance == cache_.end() ? "" : instance->second->workflow_id();
}

WorkflowInstance::Completion WorkflowRunner::completion_of(
    const WorkflowInstance::Activation& activation) {
  const std::string& run_id = activation.run_id();
  WorkflowInstance::Completion completion;
  completion.set_run_id(run_id);
  const auto refuse = [&completion](const std::string& why) {
    log::error("A workflow task was refused", {{"error", why}});
    set_failure(*completion.mutable_failed()->mutable_failure(),
                Failure{.type = "refused", .message = why});
  };

  if (activation.jobs_size() == 1 && activation.jobs(0).has_remove_from_cache()) {
    const auto& eviction = activation.jobs(0).remove_from_cache();
    if (eviction.reason() == coresdk::workflow_activation::RemoveFromCache::NONDETERMINISM) {
      log::error("A workflow's code does not fit its history",
                 {{"run_id", run_id}, {"error", eviction.message()}});
    }
    cache_.erase(run_id);
    if (evicted_) evicted_(eviction);
    completion.mutable_successful();
    return completion;
  }
  if (activation.jobs_size() > 0 && activation.jobs(0).has_initialize_workflow()) {
    const std::string& type = activation.jobs(0).initialize_workflow().workflow_type();
    const auto definition = definitions_.find(type);
    if (definition == definitions_.end()) {
      refuse("This worker knows no workflow " + type + ".");
      return completion;
    }
    cache_[run_id] = std::make_unique<WorkflowInstance>(definition->second, run_id, task_queue_,
                                                        namespace_name_);
  }
  const auto instance = cache_.find(run_id);
  if (instance != cache_.end()) return instance->second->activate(activation);
  refuse("The run " + run_id + " is not in the cache.");
  return completion;
}

}  // namespace sluice::temporal
