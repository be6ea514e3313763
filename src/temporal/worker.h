#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "temporal/activity.h"
#include "temporal/workflow.h"

namespace sluice::temporal {

class Client;

struct WorkerOptions {
  std::string task_queue;
  std::size_t activity_slots = 4;        ///< Threads, and activities at a time.
  std::size_t local_activity_slots = 2;  ///< The same of local ones, beside the others.
  std::size_t workflow_slots = 100;      ///< Workflow tasks at a time; at least 2.
  /// Polls that wait at the server at a time; at least 2 and 1. The official SDKs' default.
  std::size_t workflow_pollers = 5;
  std::size_t activity_pollers = 5;
  std::uint32_t max_cached_workflows = 500;  ///< 0: each activation replays from the start.
  std::string identity = {};                 ///< Empty: the client's.
  /// How long activities may go on after shutdown began before their stop token says stop.
  std::chrono::milliseconds graceful_shutdown{5'000};
  /// How long the server waits for a dead worker's cache before any other may take the workflow on.
  std::chrono::milliseconds sticky_timeout{3'000};
  /// Upper bound between heartbeats sent; also how late a cancellation may be heard.
  std::chrono::milliseconds heartbeat_interval_max{2'000};
};

/// Polls one task queue and runs workflows (one thread for all) and activities (a bounded pool).
/// Threads: all members are called from one thread, is_running() as well; those that poll and work
/// are its own.
class Worker {
 public:
  static Result<std::unique_ptr<Worker>> create(const Client& client, WorkerOptions options);
  class State;
  explicit Worker(std::unique_ptr<State> state);
  /// Shuts down, waiting for as long as the activities take.
  ~Worker();

  /// Both before start(); a type may be registered once. A worker without workflows polls no
  /// workflow tasks.
  void register_workflow(WorkflowDefinition definition);
  void register_activity(std::string type, ActivityFunction function);

  /// Checks server and namespace (`unavailable`, `not_found`), then polls on threads of its own.
  /// After a failure it may be called again. Later outages are ridden out: the core polls until the
  /// server is back.
  Result<void> start();
  bool is_running() const;

  /// Takes no more work and waits for what is in flight: workflow tasks end, activities get
  /// `graceful_shutdown` and then their stop token. `deadline_exceeded` where activities still run
  /// after `drain`; calling it again goes on waiting. Unfinished activities are tried again by
  /// another worker after their heartbeat timeout.
  Result<void> shutdown(std::chrono::milliseconds drain);

 private:
  std::unique_ptr<State> state_;
};

}  // namespace sluice::temporal
