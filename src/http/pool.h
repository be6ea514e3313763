#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace sluice::http {

/// The `blocking` pool: a fixed number of threads and a bounded queue. Jobs must not throw.
class Pool {
 public:
  Pool(unsigned threads, std::size_t queue_max) : queue_max_(queue_max) {
    for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
  }
  ~Pool() { join(); }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  /// False when no thread is free and the queue is full.
  bool try_post(std::function<void()> job) { return post(std::move(job), true); }
  /// For the small steps of a request that was already let in (a piece of a file): never refused.
  bool post_always(std::function<void()> job) { return post(std::move(job), false); }

  /// Runs what is queued, then ends the threads.
  void join() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      ended_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) {
      if (thread.joinable()) thread.join();
    }
  }

 private:
  bool post(std::function<void()> job, bool bounded) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (ended_ || (bounded && jobs_.size() >= queue_max_ + idle_)) return false;
      jobs_.push_back(std::move(job));
    }
    changed_.notify_one();
    return true;
  }

  void work() {
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      ++idle_;
      changed_.wait(lock, [this] { return ended_ || !jobs_.empty(); });
      --idle_;
      if (jobs_.empty()) return;
      std::function<void()> job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      job();
      job = nullptr;
      lock.lock();
    }
  }

  const std::size_t queue_max_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  std::size_t idle_ = 0;
  bool ended_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace sluice::http
