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

/// A scope of cancellation; a detached one has no parent.
struct ScopeNode {
  std::shared_ptr<ScopeNode> parent = nullptr;
  bool is_cancelled = false;
};

/// One run of a workflow in this worker's cache: takes activations, gives commands. All of an
/// activation's jobs are applied first, and only then are the coroutines driven, so that the jobs'
/// order within it cannot matter, beyond that of signals and updates. Threads: none of its own; one
/// caller at a time.
class WorkflowInstance {
 public:
  using Activation = coresdk::workflow_activation::WorkflowActivation;
  using Completion = coresdk::workflow_completion::WorkflowActivationCompletion;
  using Command = coresdk::workflow_commands::WorkflowCommand;
  using ScopePtr = std::shared_ptr<ScopeNode>;

  /// `definition` outlives the instance.
  WorkflowInstance(const WorkflowDefinition& definition, std::string run_id, std::string task_queue,
                   std::string namespace_name);
  WorkflowInstance(const WorkflowInstance&) = delete;
  WorkflowInstance& operator=(const WorkflowInstance&) = delete;
  ~WorkflowInstance();

  const std::string& workflow_id() const { return info_.workflow_id; }
  /// Never throws: what workflow code throws becomes a failed workflow or a failed workflow task.
  Completion activate(const Activation& activation);

  /// True on a thread that is running workflow code at this moment: what blocks refuses there.
  static bool is_driving() noexcept;

 private:
  friend class WorkflowContext;
  friend class CancellationScope;
  using ActivityState = std::shared_ptr<Future<ActivityOutcome>::State>;
  using ChildState = std::shared_ptr<Future<ChildOutcome>::State>;
  using RequestState = std::shared_ptr<Future<tl::expected<void, Failure>>::State>;
  struct Condition {
    std::function<bool()> predicate;
    std::shared_ptr<Future<WaitResult>::State> state;
    ScopePtr scope;
    std::uint32_t timer_seq = 0;  ///< 0: no time limit.
  };
  struct Timer {
    std::function<void(bool fired)> done;
    ScopePtr scope;
  };
  // `cancel_requested`: the core takes it as a defect to be asked twice.
  struct PendingActivity {
    ActivityState state;
    ScopePtr scope;
    bool cancel_requested = false;
    /// Of a local one: begins the next attempt, as its message says.
    std::optional<coresdk::workflow_commands::ScheduleLocalActivity> local = std::nullopt;
  };
  struct PendingChild {
    ChildState started;
    ChildState result;
    ScopePtr scope;
    bool cancel_requested = false;
  };
  struct PendingRequest {  ///< A signal to another workflow, or the wish that it be cancelled.
    RequestState state;
    ScopePtr scope;
    bool is_signal = false;
    bool cancel_requested = false;
  };

  void apply(const coresdk::workflow_activation::WorkflowActivationJob& job);
  void initialize(const coresdk::workflow_activation::InitializeWorkflow& job);
  void signal(const coresdk::workflow_activation::SignalWorkflow& job);
  void answer(const coresdk::workflow_activation::QueryWorkflow& job);
  void update(const coresdk::workflow_activation::DoUpdate& job);
  Task<void> run_signal(const WorkflowDefinition::SignalTask& handler, std::string input);
  Task<void> run_update(const WorkflowDefinition::Update& update, std::string protocol_id,
                        std::string input);
  void resolve_activity(const coresdk::workflow_activation::ResolveActivity& job);
  void back_off(PendingActivity activity, const coresdk::activity_result::DoBackoff& pause);
  void resolve_child_start(
      const coresdk::workflow_activation::ResolveChildWorkflowExecutionStart& job);
  void resolve_child(const coresdk::workflow_activation::ResolveChildWorkflowExecution& job);
  void resolve_request(std::uint32_t seq, const ::temporal::api::failure::v1::Failure* failure);
  void fire_timer(std::uint32_t seq);

  void cancel(const ScopePtr& scope);
  void fail_task(const std::string& why);
  void drive();
  void drive_all(const Activation& activation);
  void reap();
  bool wake_one_condition();
  /// By the end of `run`, or by what a handler threw.
  void finish();
  void finish_by(const std::exception_ptr& thrown);
  void continue_as_new(const ContinueAsNew& next);

  /// Throws where no command may be given: outside of an activation, in queries and validators.
  Command& add_command();
  std::uint32_t schedule_local(coresdk::workflow_commands::ScheduleLocalActivity message,
                               ActivityState state, ScopePtr scope);
  std::uint32_t start_timer(std::chrono::milliseconds duration, ScopePtr scope,
                            std::function<void(bool fired)> done);
  /// Core sends no job for a timer that was cancelled, so whoever waits is told here.
  void cancel_timer(std::uint32_t seq);
  void adopt(Task<void> task);
  void wake(std::coroutine_handle<> waiter) {
    if (waiter) ready_.push_back(waiter);
  }
  template <typename State, typename T>
  void resolve(const State& state, T value) {
    state->value.emplace(std::move(value));
    wake(std::exchange(state->waiter, nullptr));
  }

  const WorkflowDefinition& definition_;
  WorkflowInfo info_;
  Micros now_us_ = 0;
  std::uint32_t history_length_ = 0;
  bool is_replaying_ = false;
  bool continue_as_new_suggested_ = false;
  bool cancel_requested_ = false;  ///< In this activation; acted on when all its jobs are applied.
  bool is_finished_ = false;
  bool is_read_only_ = false;
  std::mt19937_64 random_;
  std::string input_;

  Completion completion_;
  std::uint32_t next_seq_ = 1;
  std::map<std::uint32_t, PendingActivity> activities_;
  std::map<std::uint32_t, PendingChild> children_;
  std::map<std::uint32_t, PendingRequest> requests_;
  std::map<std::uint32_t, Timer> timers_;
  std::list<Condition> conditions_;
  std::deque<std::coroutine_handle<>> ready_;
  std::map<std::string, bool> patches_;        ///< By id: which way this run took.
  std::map<std::string, bool> known_patches_;  ///< By id: the history has them.
  int handlers_running_ = 0;

  // Last, so that destructors of workflow code find the rest alive; commands they issue go nowhere.
  ScopePtr root_scope_ = std::make_shared<ScopeNode>();
  WorkflowContext context_{*this, root_scope_};
  std::unique_ptr<Workflow> workflow_;
  std::list<Task<void>> tasks_;  ///< Handlers and what was spawned.
  std::optional<Task<std::string>> root_;
};

}  // namespace sluice::temporal
