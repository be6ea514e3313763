#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "temporal/failure.h"
#include "temporal/task.h"

// A workflow is code that Temporal may run again from its history at any time, on any worker, and
// which must then take the same steps. So: no clock, no random numbers, no threads, no input or
// output of its own, no iteration over unordered containers; only what WorkflowContext offers. What
// it must do in the world is an activity's work.

namespace sluice::temporal {

class WorkflowInstance;

/// How the server repeats a failed activity.
struct RetryPolicy {
  std::chrono::milliseconds initial_interval{1'000};
  double backoff_coefficient = 2.0;
  std::chrono::milliseconds maximum_interval{0};  ///< 0: a hundred times the initial one.
  std::int32_t maximum_attempts = 0;              ///< 0: unlimited.
  std::vector<std::string> non_retryable_error_types = {};
};

/// One of schedule_to_close and start_to_close must be set; 0 means none.
struct ActivityOptions {
  std::string task_queue = {};                     ///< Empty: the workflow's own.
  std::chrono::milliseconds schedule_to_close{0};  ///< All attempts together, waiting included.
  std::chrono::milliseconds start_to_close{0};     ///< One attempt.
  std::chrono::milliseconds heartbeat_timeout{0};  ///< How soon a dead worker is noticed.
  RetryPolicy retry = {};
  /// At cancellation: true waits until the activity has ended; false takes it as cancelled at once.
  bool wait_for_cancellation = true;
};

struct WorkflowInfo {
  std::string workflow_id;
  std::string run_id;
  std::string workflow_type;
  std::string task_queue;
  std::int32_t attempt = 1;
};

enum class WaitResult { met, timed_out, cancelled };

/// What workflow code may use of the world. Lives as long as the workflow object; one thread at a
/// time.
///
/// Cancellation: the request sets is_cancelled() and cancels what is waited for at that moment:
/// activities end as a `cancelled` failure, sleeps and waits say so. What is begun afterwards runs
/// undisturbed, so that a workflow can clean up (a request that comes with the very start takes
/// what the workflow waits for first); it then throws WorkflowCancelled, or returns a result if it
/// prefers.
class WorkflowContext {
 public:
  explicit WorkflowContext(WorkflowInstance& instance) : instance_(instance) {}
  WorkflowContext(const WorkflowContext&) = delete;
  WorkflowContext& operator=(const WorkflowContext&) = delete;

  /// Schedules at once; two calls before the first co_await run side by side.
  Future<ActivityOutcome> execute_activity(std::string type, std::string input_json,
                                           ActivityOptions options);
  /// True: the time has passed. False: the workflow was cancelled meanwhile.
  Future<bool> sleep(std::chrono::milliseconds duration);
  /// Until the predicate holds; it is asked after each step of this workflow, so it must be cheap
  /// and change nothing.
  Future<WaitResult> wait_condition(
      std::function<bool()> predicate,
      std::optional<std::chrono::milliseconds> timeout = std::nullopt);

  Micros now_us() const;  ///< The time of the current workflow task; the same in replay.
  std::uint64_t random_u64();
  std::string random_uuid();
  bool is_cancelled() const;
  /// True while history is repeated: for logs only, never for a decision.
  bool is_replaying() const;
  const WorkflowInfo& info() const;
  std::uint32_t history_length() const;
  bool continue_as_new_suggested() const;  ///< The history is getting long.
  void upsert_search_attributes(const std::map<std::string, std::string>& json_by_name);

 private:
  WorkflowInstance& instance_;
};

/// Thrown by workflow code: the workflow ends as failed. Any other exception is a defect: it fails
/// the workflow *task*, which the server repeats until a corrected worker comes.
class WorkflowFailure : public std::runtime_error {
 public:
  explicit WorkflowFailure(Failure failure)
      : std::runtime_error(failure.message), failure_(std::move(failure)) {}
  WorkflowFailure(std::string type, std::string message)
      : WorkflowFailure(Failure{.type = std::move(type), .message = std::move(message)}) {}
  const Failure& failure() const { return failure_; }

 private:
  Failure failure_;
};

/// Thrown by workflow code: the workflow ends as cancelled.
struct WorkflowCancelled : std::runtime_error {
  WorkflowCancelled() : std::runtime_error("The workflow was cancelled.") {}
};

/// Thrown by workflow code: this run ends, and a new one of the same id begins with this input and
/// an empty history. Signals that have not been acted on are lost unless the input carries them.
struct ContinueAsNew : std::runtime_error {
  explicit ContinueAsNew(std::string input)
      : std::runtime_error("continue as new"), input_json(std::move(input)) {}
  std::string input_json;
};

/// State that queries and signals need lives in the derived class: the locals of run() die at its
/// end, and queries still come. Destructors must not touch the context.
class Workflow {
 public:
  virtual ~Workflow() = default;
  virtual Task<std::string> run(WorkflowContext& ctx, std::string input_json) = 0;
};

/// A workflow type with its handlers; made once, before any run, because signals may come with the
/// first activation.
///   WorkflowDefinition::of<DatasetSync>("DatasetSync")
///       .on_signal("want", &DatasetSync::on_want)      // void (WorkflowContext&, const
///       std::string& json) .on_query("status", &DatasetSync::status)      // std::string (const
///       std::string& json) const
struct WorkflowDefinition {
  using Signal = std::function<void(Workflow&, WorkflowContext&, const std::string&)>;
  using Query = std::function<std::string(const Workflow&, const std::string&)>;

  std::string type;
  std::function<std::unique_ptr<Workflow>()> make;
  std::map<std::string, Signal> signals;
  std::map<std::string, Query> queries;

  template <typename W>
  static WorkflowDefinition of(std::string type_name) {
    return {std::move(type_name), [] { return std::make_unique<W>(); }, {}, {}};
  }
  /// Runs before the coroutine goes on; must not wait. An exception fails the workflow task.
  template <typename W>
  WorkflowDefinition&& on_signal(const std::string& name,
                                 void (W::*handler)(WorkflowContext&, const std::string&)) {
    signals[name] = [handler](Workflow& workflow, WorkflowContext& ctx, const std::string& json) {
      (static_cast<W&>(workflow).*handler)(ctx, json);
    };
    return std::move(*this);
  }
  /// An exception fails the query alone.
  template <typename W>
  WorkflowDefinition&& on_query(const std::string& name,
                                std::string (W::*handler)(const std::string&) const) {
    queries[name] = [handler](const Workflow& workflow, const std::string& json) {
      return (static_cast<const W&>(workflow).*handler)(json);
    };
    return std::move(*this);
  }
};

}  // namespace sluice::temporal
