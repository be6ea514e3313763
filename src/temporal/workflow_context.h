#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "temporal/coroutine.h"
#include "temporal/failure.h"
#include "temporal/workflow_options.h"

namespace sluice::temporal {

class WorkflowInstance;
class CancellationScope;
struct ScopeNode;

struct WorkflowInfo {
  std::string workflow_id = {};
  std::string run_id = {};
  std::string workflow_type = {};
  std::string task_queue = {};
  std::string namespace_name = {};
  std::int32_t attempt = 1;
  Micros started_at_us = 0;
  std::string parent_workflow_id = {};  ///< Empty: it has no parent.
  std::string parent_run_id = {};
  std::string first_run_id = {};           ///< Of the chain of continue-as-new, retries and cron.
  std::string continued_from_run_id = {};  ///< Empty: the first run.
  std::string cron_schedule = {};
  JsonByName memo = {};               ///< With what this run has upserted.
  JsonByName search_attributes = {};  ///< With what this run has upserted.
};

enum class WaitResult { met, timed_out, cancelled };

/// What a child came to, or why it could not be started: failure type `child_already_started`.
using ChildOutcome = tl::expected<std::string, Failure>;

/// A child that was asked for. Each Future is awaited at most once; dropping one changes nothing.
struct ChildWorkflow {
  std::string workflow_id;
  Future<ChildOutcome> started;  ///< The run's id.
  Future<ChildOutcome> result;   ///< JSON.
};

/// What workflow code may use of the world. Lives as long as the workflow object, or the scope that
/// it is of; one thread at a time.
///
/// Cancellation: a request sets is_cancelled() and cancels what is waited for at that moment:
/// activities and children end as a `cancelled` failure, sleeps and waits say so. What is begun
/// afterwards runs undisturbed, so that a workflow can clean up (a request that comes with the very
/// start takes what the workflow waits for first); it then throws WorkflowCancelled, or returns a
/// result if it prefers.
class WorkflowContext {
 public:
  WorkflowContext(WorkflowInstance& instance, std::shared_ptr<ScopeNode> scope);
  WorkflowContext(const WorkflowContext&) = delete;
  WorkflowContext& operator=(const WorkflowContext&) = delete;
  ~WorkflowContext();

  /// Schedules at once; two calls before the first co_await run side by side.
  Future<ActivityOutcome> execute_activity(std::string type, std::string input_json,
                                           const ActivityOptions& options);
  Future<ActivityOutcome> execute_local_activity(std::string type, std::string input_json,
                                                 const LocalActivityOptions& options);
  ChildWorkflow start_child_workflow(std::string type, std::string input_json,
                                     const ChildWorkflowOptions& options);
  /// To another workflow, of any namespace-mate; an empty run id means the latest. The failure says
  /// that there is none.
  Future<tl::expected<void, Failure>> signal_external_workflow(const std::string& workflow_id,
                                                               const std::string& run_id,
                                                               const std::string& signal_name,
                                                               std::string input_json);
  Future<tl::expected<void, Failure>> cancel_external_workflow(const std::string& workflow_id,
                                                               const std::string& run_id,
                                                               const std::string& reason);

  /// True: the time has passed. False: the scope was cancelled meanwhile.
  Future<bool> sleep(std::chrono::milliseconds duration);
  /// Until the predicate holds; it is asked after each step of this workflow, so it must be cheap
  /// and change nothing.
  Future<WaitResult> wait_condition(
      std::function<bool()> predicate,
      std::optional<std::chrono::milliseconds> timeout = std::nullopt);
  /// Runs beside whoever calls, from the next step on; an exception reaches whoever awaits, and
  /// nobody where nobody does.
  template <typename T>
  Future<T> spawn(Task<T> task) {
    auto state = std::make_shared<typename Future<T>::State>();
    adopt(relay(*this, std::move(task), state));
    return Future<T>(std::move(state));
  }

  /// Cancelled with this context's scope, or by itself.
  CancellationScope new_scope();
  /// Cancelled by itself only.
  CancellationScope new_detached_scope();

  Micros now_us() const;  ///< The time of the current workflow task; the same in replay.
  std::uint64_t random_u64();
  std::string random_uuid();
  /// Code that changed: true for runs that have not passed this place yet, or passed it with the
  /// change. `if (ctx.patched("two-steps")) new code; else old code`. Once no run of the old code
  /// is left, `deprecate_patch` in its place, and later nothing.
  bool patched(const std::string& id);
  void deprecate_patch(const std::string& id);

  bool is_cancelled() const;  ///< This context's scope.
  /// True while history is repeated: for logs only, never for a decision.
  bool is_replaying() const;
  const WorkflowInfo& info() const;
  std::uint32_t history_length() const;
  bool continue_as_new_suggested() const;  ///< The history is getting long.
  /// No handler of a signal or an update is under way: what to wait for before the end of run().
  bool all_handlers_finished() const;
  void upsert_search_attributes(const JsonByName& json_by_name);
  void upsert_memo(const JsonByName& json_by_name);

 private:
  template <typename T>
  static Task<void> relay(WorkflowContext& ctx, Task<T> task,
                          std::shared_ptr<typename Future<T>::State> state) {
    try {
      if constexpr (std::is_void_v<T>) {
        co_await task;
        state->value.emplace();
      } else {
        state->value.emplace(co_await task);
      }
    } catch (...) {
      state->error = std::current_exception();
    }
    ctx.wake(std::exchange(state->waiter, nullptr));
  }
  void adopt(Task<void> task);
  void wake(std::coroutine_handle<> waiter);

  WorkflowInstance& instance_;
  std::shared_ptr<ScopeNode> scope_;
};

/// A part of a workflow that can be cancelled by itself. What was begun through its context belongs
/// to it; the scope must outlive what uses the context.
class CancellationScope {
 public:
  CancellationScope(WorkflowInstance& instance, std::shared_ptr<ScopeNode> node);
  CancellationScope(const CancellationScope&) = delete;
  CancellationScope& operator=(const CancellationScope&) = delete;

  WorkflowContext& context() { return context_; }
  /// Of what is in it and in the scopes made from it. The second time changes nothing.
  void cancel();
  bool is_cancelled() const { return context_.is_cancelled(); }

 private:
  WorkflowInstance& instance_;
  std::shared_ptr<ScopeNode> node_;
  WorkflowContext context_;
};

}  // namespace sluice::temporal
