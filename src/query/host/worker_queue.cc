#include "query/host/worker_queue.h"

#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/log.h"

namespace sluice::query {
namespace {

constexpr std::chrono::milliseconds spawn_retry_pause{500};
constexpr std::chrono::seconds expiry_pause{1};
constexpr int worker_nice = 3;

}  // namespace

/// A query that waits for a worker. Lives on its thread's stack; the queue's lock guards it.
struct WorkerQueue::Waiter {
  Session session;
  bool is_any = false;  ///< One over other tables will do.
  std::optional<WorkerProcess> worker = {};
  bool is_bound = false;
  std::string failure = {};  ///< Why there will be no worker.
  std::condition_variable_any decided = {};
};

WorkerQueue::WorkerQueue(PoolConfig config)
    : config_(std::move(config)),
      places_({config_.concurrent_max, std::min(config_.owner_max, config_.concurrent_max),
               config_.concurrent_max > 1 ? config_.reserve : 0, config_.queue_max,
               config_.queue_owner_max}),
      bound_(config_.bound_max, config_.bound_idle_max, config_.kept_bytes_max),
      starter_({.name = "query workers"}, [this](const std::stop_token& stop) {
        keep_warm(stop);
        return BackgroundLoop::Round::more;
      }) {}

WorkerQueue::~WorkerQueue() {
  stop();
  std::unique_lock lock(mutex_);
  at_rest_.wait(lock, [this] { return users_ == 0 && running_ == 0 && queue_.empty(); });
  lock.unlock();
  starter_.stop();
}

WorkerQueue::User::User(WorkerQueue& queue) : queue_(queue) {
  const std::lock_guard lock(queue_.mutex_);
  ++queue_.users_;
}

WorkerQueue::User::~User() {
  const std::lock_guard lock(queue_.mutex_);
  --queue_.users_;
  queue_.at_rest_.notify_all();
}

PoolStatus WorkerQueue::status() const {
  const std::lock_guard lock(mutex_);
  return {idle_.size(), bound_.size(), running_, places_.waiting() + queue_.size()};
}

Result<WorkerQueue::Taken> WorkerQueue::take(Session session, bool is_any, Deadline deadline,
                                             const std::stop_token& stop) {
  Waiter waiter{std::move(session), is_any};
  std::unique_lock lock(mutex_);
  const auto place = queue_.insert(queue_.end(), &waiter);
  hand_out();
  waiter.decided.wait_until(lock, stop, deadline,
                            [&] { return waiter.worker || !waiter.failure.empty(); });
  if (waiter.worker) {
    return Taken{std::move(*waiter.worker), std::move(waiter.session), waiter.is_bound};
  }
  if (!waiter.failure.empty()) {
    return fail(query_error(Code::query_worker_unavailable,
                            "No query worker can be started: " + waiter.failure));
  }
  queue_.erase(place);
  at_rest_.notify_all();
  if (stop.stop_requested()) {
    return fail(query_cancelled());
  }
  return fail(waited_too_long());
}

void WorkerQueue::give_back(Taken taken, bool is_well) {
  if (!is_well) taken.worker.kill();
  const std::lock_guard lock(mutex_);
  if (is_well && !stopping_.stop_requested()) {
    bound_.put(std::move(taken.worker), std::move(taken.session), ended_);
  } else {
    ended_.push_back(std::move(taken.worker));
  }
  --running_;
  hand_out();
}

/// The one that was started first.
std::optional<WorkerProcess> WorkerQueue::take_idle() {
  while (!idle_.empty()) {
    WorkerProcess worker = std::move(idle_.front());
    idle_.pop_front();
    if (worker.is_alive()) return worker;
  }
  return std::nullopt;
}

/// Gives workers to those who wait, in the order of their coming as far as there are the right
/// ones.
void WorkerQueue::hand_out() {
  for (auto at = queue_.begin(); at != queue_.end();) {
    Waiter& waiter = **at;
    std::optional<SessionWorkers::Entry> entry = waiter.is_any
                                                     ? bound_.take_of(waiter.session.owner, ended_)
                                                     : bound_.take(waiter.session.key, ended_);
    if (entry) {
      waiter.worker = std::move(entry->worker);
      waiter.session = std::move(entry->session);
      waiter.is_bound = true;
    } else {
      waiter.worker = take_idle();
    }
    if (!waiter.worker) {
      ++at;
      continue;
    }
    ++running_;
    at = queue_.erase(at);
    waiter.decided.notify_one();
  }
  if (has_work()) work_.notify_one();
  if (stopping_.stop_requested()) at_rest_.notify_all();
}

/// How many workers should lie ready: the warm ones, more while queries wait.
std::size_t WorkerQueue::wanted_idle() const { return std::max(config_.warm, queue_.size()); }

/// The one thread that starts workers, since they die with the thread that started them.
void WorkerQueue::keep_warm(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    work_.wait_for(lock, stop, expiry_pause, [this] { return has_work(); });
    // With a stop asked for, wait_for() gives its condition, which may well be true.
    if (stop.stop_requested()) return;
    if (idle_.size() < wanted_idle() && !start_one(lock)) {
      work_.wait_for(lock, stop, spawn_retry_pause, [] { return false; });
    }
    bound_.expire(ended_);
    std::vector<WorkerProcess> reaped = std::exchange(ended_, {});
    lock.unlock();
    reaped.clear();
    lock.lock();
  }
}

bool WorkerQueue::start_one(std::unique_lock<std::mutex>& lock) {
  lock.unlock();
  Result<WorkerProcess> worker =
      WorkerProcess::spawn(config_.worker_binary.string(), config_.worker_arguments);
  // Small requests of all tenants come before one's SQL where processors are short; what the worker
  // starts inherits it.
  if (worker && ::setpriority(PRIO_PROCESS, static_cast<id_t>(worker->pid()), worker_nice) != 0) {
    log::warn("a query worker keeps its priority", {{"errno", std::to_string(errno)}});
  }
  lock.lock();
  if (worker) {
    idle_.push_back(std::move(*worker));
    hand_out();
    return true;
  }
  log::error("a query worker cannot be started", {{"error", to_line(worker.error())}});
  for (Waiter* waiter : std::exchange(queue_, {})) {
    waiter->failure = worker.error().detail;
    waiter->decided.notify_one();
  }
  at_rest_.notify_all();
  return false;
}

}  // namespace sluice::query
