#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

namespace sluice::federation {

/// A stop at the caller's stop or after a time, whichever comes first. One thread while it lives.
class DeadlineStop {
 public:
  DeadlineStop(const std::stop_token& stop, std::chrono::milliseconds time)
      : forward_(stop, [this] { stop_.request_stop(); }),
        timer_([this, time](const std::stop_token& over) {
          std::unique_lock lock(mutex_);
          wake_.wait_for(lock, over, time, [] { return false; });
          if (over.stop_requested()) return;
          passed_ = true;
          stop_.request_stop();
        }) {}
  std::stop_token token() const { return stop_.get_token(); }
  /// The time is over; the caller's stop alone does not say so.
  bool passed() const { return passed_; }

 private:
  std::stop_source stop_;
  std::atomic<bool> passed_{false};
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::stop_callback<std::function<void()>> forward_;
  std::jthread timer_;
};

}  // namespace sluice::federation
