#pragma once

#include <functional>
#include <map>
#include <memory>
#include <source_location>
#include <stdexcept>
#include <string>
#include <utility>

#include "temporal/coroutine.h"
#include "temporal/failure.h"
#include "temporal/workflow_context.h"

// A workflow is code that Temporal may run again from its history at any time, on any worker, and
// which must then take the same steps. So: no clock, no random numbers, no threads, no input or
// output of its own, no iteration over unordered containers; only what WorkflowContext offers. What
// it must do in the world is an activity's work.
//
// Caught when it happens: a call of the server (`workflow_code_blocks`); a command from a query, a
// validator, a destructor or another thread; a step of more than two seconds (in the log); commands
// that do not fit the history (`nondeterminism`, in the log and by the Replayer). Not caught: the
// machine's clock and random numbers, the order of unordered containers. They show as
// nondeterminism when history is repeated: at each step in a test with `max_cached_workflows = 0`,
// and in a test that replays histories that were kept.

namespace sluice::temporal {

/// Thrown by workflow code: the workflow ends as failed. Any other exception is a defect: it fails
/// the workflow *task*, which the server repeats until a corrected worker comes.
class WorkflowFailure : public std::runtime_error {
 public:
  explicit WorkflowFailure(Failure failure)
      : std::runtime_error(failure.message), failure_(std::move(failure)) {}
  WorkflowFailure(std::string type, std::string message,
                  std::source_location where = std::source_location::current())
      : WorkflowFailure(Failure{.type = std::move(type),
                                .message = std::move(message),
                                .stack_trace = text_of(where)}) {}
  const Failure& failure() const { return failure_; }

 private:
  Failure failure_;
};

/// Thrown by workflow code: the workflow ends as cancelled.
struct WorkflowCancelled : std::runtime_error {
  WorkflowCancelled() : std::runtime_error("The workflow was cancelled.") {}
};

/// How the run after this one differs; what is empty stays as it is.
struct ContinueOptions {
  std::string workflow_type = {};
  std::string task_queue = {};
  WorkflowTimeouts timeouts = {};  ///< `run` and `task`; the whole chain keeps its own.
  JsonByName memo = {};
  JsonByName search_attributes = {};
};

/// Thrown by workflow code: this run ends, and a new one of the same id begins with this input and
/// an empty history. Signals that have not been acted on are lost unless the input carries them.
struct ContinueAsNew : std::runtime_error {
  explicit ContinueAsNew(std::string input, ContinueOptions how = {})
      : std::runtime_error("continue as new"),
        input_json(std::move(input)),
        options(std::move(how)) {}
  std::string input_json;
  ContinueOptions options;
};

/// State that queries, signals and updates need lives in the derived class: the locals of run() die
/// at its end, and queries still come. Destructors must not touch the context.
class Workflow {
 public:
  virtual ~Workflow() = default;
  virtual Task<std::string> run(WorkflowContext& ctx, std::string input_json) = 0;
};

/// A workflow type with its handlers; made once, before any run, because signals and updates may
/// come with the first activation. Handlers run before `run` goes on.
///
///     WorkflowDefinition::of<DatasetSync>("DatasetSync")
///         .on_signal("want", &DatasetSync::on_want)
///         .on_query("status", &DatasetSync::status)
///         .on_update("rename", &DatasetSync::rename, &DatasetSync::check_name)
struct WorkflowDefinition {
  using Signal = std::function<void(Workflow&, WorkflowContext&, const std::string&)>;
  using SignalTask = std::function<Task<void>(Workflow&, WorkflowContext&, std::string)>;
  using Query = std::function<std::string(const Workflow&, const std::string&)>;
  using Validator = std::function<void(const Workflow&, const std::string&)>;
  struct Update {
    std::function<Task<std::string>(Workflow&, WorkflowContext&, std::string)> handler;
    Validator validator;  ///< May be none.
  };

  std::string type;
  std::function<std::unique_ptr<Workflow>()> make;
  std::map<std::string, Signal> signals = {};
  std::map<std::string, SignalTask> signal_tasks = {};
  std::map<std::string, Query> queries = {};
  std::map<std::string, Update> updates = {};

  template <typename W>
  static WorkflowDefinition of(const std::string& type_name) {
    return {.type = type_name, .make = [] { return std::make_unique<W>(); }};
  }
  /// Must not wait. WorkflowFailure ends the workflow; any other exception fails the workflow task.
  template <typename W>
  WorkflowDefinition&& on_signal(const std::string& name,
                                 void (W::*handler)(WorkflowContext&, const std::string&)) && {
    signals[name] = [handler](Workflow& workflow, WorkflowContext& ctx, const std::string& json) {
      (static_cast<W&>(workflow).*handler)(ctx, json);
    };
    return std::move(*this);
  }
  /// A coroutine, which may wait; several may be under way.
  template <typename W>
  WorkflowDefinition&& on_signal(const std::string& name,
                                 Task<void> (W::*handler)(WorkflowContext&, std::string)) && {
    signal_tasks[name] = [handler](Workflow& workflow, WorkflowContext& ctx, std::string json) {
      return (static_cast<W&>(workflow).*handler)(ctx, std::move(json));
    };
    return std::move(*this);
  }
  /// An exception fails the query alone. Commands are refused.
  template <typename W>
  WorkflowDefinition&& on_query(const std::string& name,
                                std::string (W::*handler)(const std::string&) const) && {
    queries[name] = [handler](const Workflow& workflow, const std::string& json) {
      return (static_cast<const W&>(workflow).*handler)(json);
    };
    return std::move(*this);
  }
  /// A coroutine whose result is the caller's answer; WorkflowFailure is the caller's failure, and
  /// the workflow goes on. What the validator throws refuses the update before it leaves a trace in
  /// the history.
  template <typename W>
  WorkflowDefinition&& on_update(const std::string& name,
                                 Task<std::string> (W::*handler)(WorkflowContext&, std::string),
                                 void (W::*validator)(const std::string&) const = nullptr) && {
    Update update;
    update.handler = [handler](Workflow& workflow, WorkflowContext& ctx, std::string json) {
      return (static_cast<W&>(workflow).*handler)(ctx, std::move(json));
    };
    if (validator != nullptr) {
      update.validator = [validator](const Workflow& workflow, const std::string& json) {
        (static_cast<const W&>(workflow).*validator)(json);
      };
    }
    updates[name] = std::move(update);
    return std::move(*this);
  }
};

}  // namespace sluice::temporal
