#include "temporal/worker.h"

#include <atomic>
#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

#include "base/log.h"
#include "temporal/activity/activity_runner.h"
#include "temporal/client.h"
#include "temporal/core/connection.h"
#include "temporal/core/core_worker.h"
#include "temporal/error_codes.h"
#include "temporal/payload/payload_visitor.h"
#include "temporal/workflow/workflow_runner.h"

namespace sluice::temporal {

using std::chrono::milliseconds;

class Worker::State {
 public:
  State(std::shared_ptr<Connection> connection, WorkerOptions options)
      : connection_(std::move(connection)), client_(connection_), options_(std::move(options)) {}

  Result<void> start();
  Result<void> shutdown(milliseconds drain);
  bool is_running() const { return core_ != nullptr; }

  std::map<std::string, WorkflowDefinition> definitions;
  std::map<std::string, ActivityFunction> functions;

 private:
  void poll_workflows();
  void poll_activities();
  void poll_until_shutdown(const std::function<bool()>& poll);
  void pause_after(const char* what, const std::string& error);
  void thread_ended();

  const std::shared_ptr<Connection> connection_;
  Client client_;
  const WorkerOptions options_;
  // These belong to the thread that starts and shuts down; pollers use what is there while they
  // run.
  std::unique_ptr<CoreWorker> core_;
  std::unique_ptr<ActivityRunner> runner_;
  std::unique_ptr<WorkflowRunner> workflows_;
  std::vector<std::thread> pollers_;

  std::mutex mutex_;
  std::condition_variable ended_;
  int polling_ = 0;  ///< Pollers that have not heard of the shutdown yet.
  std::atomic<bool> is_stopping_ = false;
};

Result<void> Worker::State::start() {
  if (core_) return fail(Errc::conflict, Code::worker_running, "The worker is running already.");
  TRY(client_.check_health());
  TRY_ASSIGN(std::shared_ptr<ConnectionHandle> handle, connection_->handle());
  TRY_ASSIGN(core_, CoreWorker::create(std::move(handle), connection_->options().namespace_name,
                                       options_, !definitions.empty(), !functions.empty()));
  is_stopping_ = false;
  if (!functions.empty()) {
    // Local ones get threads of their own: a workflow task waits for them.
    const std::size_t local = definitions.empty() ? 0 : options_.local_activity_slots;
    runner_ = std::make_unique<ActivityRunner>(*core_, functions, connection_->options().codec,
                                               options_.activity_slots + local);
    ++polling_;
    pollers_.emplace_back([this] { poll_activities(); });
  }
  if (!definitions.empty()) {
    workflows_ = std::make_unique<WorkflowRunner>(definitions, connection_->options().codec,
                                                  options_.task_queue,
                                                  connection_->options().namespace_name);
    const std::lock_guard lock(mutex_);
    ++polling_;
    pollers_.emplace_back([this] { poll_workflows(); });
  }
  return {};
}

Result<void> Worker::State::shutdown(milliseconds drain) {
  if (!core_) return {};
  const auto deadline = std::chrono::steady_clock::now() + drain;
  if (!is_stopping_.exchange(true)) core_->initiate_shutdown();
  {
    std::unique_lock lock(mutex_);
    if (!ended_.wait_until(lock, deadline, [this] { return polling_ == 0; })) {
      lock.unlock();
      if (runner_) runner_->request_stop_of_all();
      return fail(Errc::deadline_exceeded, Code::worker_drain,
                  "Activities of " + options_.task_queue + " still run after " +
                      std::to_string(drain.count()) + " ms.");
    }
  }
  // In this order: pollers hand their tasks to the runners, and runners answer to the core, which
  // must have every answer before it is finalized.
  for (std::thread& poller : pollers_) poller.join();
  pollers_.clear();
  runner_.reset();
  workflows_.reset();
  core_->finalize();
  core_.reset();
  return {};
}

void Worker::State::pause_after(const char* what, const std::string& error) {
  log::error(what, {{"task_queue", options_.task_queue}, {"error", error}});
  std::this_thread::sleep_for(std::chrono::seconds(1));
}

void Worker::State::thread_ended() {
  const std::lock_guard lock(mutex_);
  --polling_;
  ended_.notify_all();
}

/// Until `poll` says that there will be no more. A task that throws is not answered, and is given
/// out again; it must not end the worker.
void Worker::State::poll_until_shutdown(const std::function<bool()>& poll) {
  for (bool more = true; more;) {
    try {
      more = poll();
    } catch (const std::exception& broken) {
      pause_after("A task broke", broken.what());
    }
  }
  thread_ended();
}

void Worker::State::poll_activities() {
  poll_until_shutdown([this] {
    const Polled polled = core_->poll_activity();
    if (polled.is_shutdown) return false;
    coresdk::activity_task::ActivityTask task;
    if (!polled.error.empty()) {
      pause_after("Polling for activities failed", polled.error);
    } else if (!task.ParseFromString(polled.bytes)) {
      log::error("An activity's task cannot be read", {{"task_queue", options_.task_queue}});
    } else {
      runner_->handle(task);
    }
    return true;
  });
}

void Worker::State::poll_workflows() {
  poll_until_shutdown([this] {
    const Polled polled = core_->poll_workflow();
    if (polled.is_shutdown) return false;
    if (!polled.error.empty()) {
      pause_after("Polling for workflows failed", polled.error);
    } else {
      core_->complete_workflow(workflows_->handle(polled.bytes));
    }
    return true;
  });
}

Worker::Worker(std::unique_ptr<State> state) : state_(std::move(state)) {}

Worker::~Worker() {
  constexpr milliseconds patience{60'000};
  while (!state_->shutdown(patience)) {
    log::warn("A worker that is being destroyed still waits for its activities");
  }
}

Result<std::unique_ptr<Worker>> Worker::create(const Client& client, WorkerOptions options) {
  if (options.task_queue.empty()) {
    return fail(Errc::invalid_argument, Code::task_queue,
                "A worker needs the name of a task queue.");
  }
  if (options.activity_slots == 0) options.activity_slots = 1;
  return std::make_unique<Worker>(std::make_unique<State>(client.connection(), std::move(options)));
}

void Worker::register_workflow(WorkflowDefinition definition) {
  std::string type = definition.type;
  state_->definitions.insert_or_assign(std::move(type), std::move(definition));
}

void Worker::register_activity(std::string type, ActivityFunction function) {
  state_->functions.insert_or_assign(std::move(type), std::move(function));
}

Result<void> Worker::start() { return state_->start(); }
bool Worker::is_running() const { return state_->is_running(); }
Result<void> Worker::shutdown(milliseconds drain) { return state_->shutdown(drain); }

}  // namespace sluice::temporal
