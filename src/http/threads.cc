#include "http/threads.h"

#include <chrono>
#include <exception>
#include <system_error>
#include <utility>

#include "base/log.h"

namespace sluice::http {
namespace {

constexpr std::chrono::seconds idle_max{10};

}  // namespace

bool Threads::post(std::function<void()> job) {
  std::list<std::thread> ended;
  {
    const std::lock_guard lock(mutex_);
    if (is_over_) return false;
    if (idle_ <= jobs_.size() && running_.size() < most_ && !start_one() && running_.empty()) {
      return false;
    }
    jobs_.push_back(std::move(job));
    ended.swap(ended_);
  }
  changed_.notify_one();
  for (std::thread& thread : ended) thread.join();
  return true;
}

/// Under the lock. With others there the work is done all the same, only later.
bool Threads::start_one() {
  const Thread self = running_.emplace(running_.end());
  try {
    *self = std::thread([this, self] { work(self); });
    return true;
  } catch (const std::system_error& refused) {
    running_.erase(self);
    log::error("a thread cannot be started", {{"error", refused.what()}});
    return false;
  }
}

void Threads::work(Thread self) {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    const bool woken =
        changed_.wait_for(lock, idle_max, [this] { return is_over_ || !jobs_.empty(); });
    --idle_;
    if (jobs_.empty()) {
      if (is_over_) return;
      if (!woken && running_.size() > kept_) return ended_.splice(ended_.end(), running_, self);
      continue;
    }
    std::function<void()> job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    try {
      job();
    } catch (const std::exception& broken) {
      log::error("a request's work broke", {{"error", broken.what()}});
    }
    job = nullptr;
    lock.lock();
  }
}

void Threads::join() {
  std::list<std::thread> all;
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
    all.splice(all.end(), ended_);
    // From here on no thread moves itself away.
    all.splice(all.end(), running_);
  }
  changed_.notify_all();
  for (std::thread& thread : all) thread.join();
}

}  // namespace sluice::http
