#pragma once

// Inside this room only.

#include <temporal/sdk/core/workflow_activation/workflow_activation.pb.h>
#include <temporal/sdk/core/workflow_completion/workflow_completion.pb.h>

#include <coroutine>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>

#include "temporal/workflow.h"

namespace sluice::temporal {

/// One run of a workflow in this worker's cache: takes activations, gives commands. All of an
/// activation's jobs are applied first, and only then is the coroutine driven, so that their order
/// within it cannot matter. Threads: none of its own; one caller at a time.
class WorkflowInstance {
 public:
  using Activation = coresdk::workflow_activation::WorkflowActivation;
  using Completion = coresdk::workflow_completion::WorkflowActivationCompletion;

  /// `definition` outlives the instance.
  WorkflowInstance(const WorkflowDefinition& definition, std::string run_id,
                   std::string task_queue);
  WorkflowInstance(const WorkflowInstance&) = delete;
  WorkflowInstance& operator=(const WorkflowInstance&) = delete;

  /// Never throws: what workflow code throws becomes a failed workflow or a failed workflow task.
  Completion activate(const Activation& activation);

 private:
  friend class WorkflowContext;
  using Command = coresdk::workflow_commands::WorkflowCommand;
  using ActivityState = std::shared_ptr<Future<ActivityOutcome>::State>;
  struct Condition {
    std::function<bool()> predicate;
    std::shared_ptr<Future<WaitResult>::State> state;
    std::uint32_t timer_seq = 0;  ///< 0: no time limit.
  };

  void apply(const coresdk::workflow_activation::WorkflowActivationJob& job);
  void initialize(const coresdk::workflow_activation::InitializeWorkflow& job);
  void signal(const coresdk::workflow_activation::SignalWorkflow& job);
  void answer(const coresdk::workflow_activation::QueryWorkflow& job);
  void resolve_activity(const coresdk::workflow_activation::ResolveActivity& job);
  void fire_timer(std::uint32_t seq);
  void cancel_pending();
  void drive();
  bool wake_one_condition();
  void finish();

  Command& add_command();
  std::uint32_t start_timer(std::chrono::milliseconds duration,
                            std::function<void(bool fired)> done);
  /// Core sends no job for a timer that was cancelled, so whoever waits is told here.
  void cancel_timer(std::uint32_t seq);
  template <typename T>
  void resolve(const std::shared_ptr<typename Future<T>::State>& state, T value) {
    state->value = std::move(value);
    if (state->waiter) ready_.push_back(std::exchange(state->waiter, nullptr));
  }

  const WorkflowDefinition& definition_;
  WorkflowInfo info_;
  Micros now_us_ = 0;
  std::uint32_t history_length_ = 0;
  bool is_replaying_ = false;
  bool continue_as_new_suggested_ = false;
  bool is_cancelled_ = false;
  bool cancel_requested_ = false;  ///< In this activation; acted on when all its jobs are applied.
  bool is_finished_ = false;
  std::mt19937_64 random_;
  std::string input_;

  Completion completion_;
  std::uint32_t next_seq_ = 1;
  std::map<std::uint32_t, ActivityState> activities_;
  std::map<std::uint32_t, std::function<void(bool)>> timers_;
  std::list<Condition> conditions_;
  std::deque<std::coroutine_handle<>> ready_;

  // Last, so that destructors of workflow code find the rest alive; commands they issue go nowhere.
  WorkflowContext context_{*this};
  std::unique_ptr<Workflow> workflow_;
  std::optional<Task<std::string>> root_;
};

}  // namespace sluice::temporal
