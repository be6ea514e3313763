#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <list>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/background_loop.h"
#include "base/fair_slots.h"
#include "base/result.h"
#include "query/host/session_workers.h"
#include "query/host/worker_process.h"
#include "query/pool.h"

namespace sluice::query {

/// The pool's places, and its workers for those who hold one. Safe for concurrent use.
class WorkerQueue {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  explicit WorkerQueue(PoolConfig config);
  /// Waits for what runs, which stop() ends; kills and reaps every worker.
  ~WorkerQueue();
  WorkerQueue(const WorkerQueue&) = delete;
  WorkerQueue& operator=(const WorkerQueue&) = delete;

  struct Taken {
    WorkerProcess worker;
    Session session;
    bool is_bound = false;  ///< It knows its tables already; else `session` has no files yet.
  };

  /// Whoever waits for a place or holds a worker: the queue's end waits for him.
  class User {
   public:
    explicit User(WorkerQueue& queue);
    ~User();
    User(const User&) = delete;
    User& operator=(const User&) = delete;

   private:
    WorkerQueue& queue_;
  };

  FairSlots& places() { return places_; }
  /// Waits for a worker, in the order of coming: as long as one takes to start. Each that is taken
  /// is to be given back. The caller holds a place.
  Result<Taken> take(Session session, Deadline deadline, const std::stop_token& stop) {
    return take(std::move(session), false, deadline, stop);
  }
  /// The same, but for a worker that is bound to the session's owner over whatever tables; else one
  /// to be bound to this session.
  Result<Taken> take_any(Session session, Deadline deadline, const std::stop_token& stop) {
    return take(std::move(session), true, deadline, stop);
  }
  /// `is_well`: it has answered to the end and may be asked again.
  void give_back(Taken taken, bool is_well);

  /// Cancels all that runs and waits.
  void stop() { stopping_.request_stop(); }
  std::uint64_t memory_bytes() const { return config_.memory_bytes; }
  std::stop_token stopping() const { return stopping_.get_token(); }
  PoolStatus status() const;

 private:
  struct Waiter;

  Result<Taken> take(Session session, bool is_any, Deadline deadline, const std::stop_token& stop);
  void hand_out();
  std::optional<WorkerProcess> take_idle();
  std::size_t wanted_idle() const;
  bool has_work() const { return !ended_.empty() || idle_.size() < wanted_idle(); }
  void keep_warm(const std::stop_token& stop);
  bool start_one(std::unique_lock<std::mutex>& lock);

  const PoolConfig config_;
  FairSlots places_;
  std::stop_source stopping_;
  mutable std::mutex mutex_;
  std::condition_variable_any work_;  ///< For the starter.
  std::condition_variable at_rest_;   ///< For the end.
  std::deque<WorkerProcess> idle_;
  SessionWorkers bound_;
  /// Killed, not yet reaped: tearing down a large process takes 10 ms and more.
  std::vector<WorkerProcess> ended_;
  std::list<Waiter*> queue_;
  std::size_t running_ = 0;
  std::size_t users_ = 0;
  BackgroundLoop starter_;  ///< Last: it uses the rest.
};

}  // namespace sluice::query
