#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "temporal/activity.h"

namespace sluice::sync {

/// Well below the heartbeat timeout of 15 s, so that one late beat loses nothing.
inline constexpr std::chrono::seconds heartbeat_interval{3};

/// The server says something at least every 15 s while a tool works.
inline constexpr std::chrono::seconds silence_told_after{20};

/// Says "I live" from a thread of its own while the activity waits for the MCP server, and tells
/// when that falls silent and when it speaks again: stopped, it takes connections all the same.
class Heartbeat {
 public:
  using Clock = std::chrono::steady_clock;
  using TellSilence = std::function<void(bool is_silent)>;

  /// The details of an earlier attempt go on until there are newer ones.
  Heartbeat(temporal::ActivityContext& context, TellSilence tell)
      : tell_(std::move(tell)),
        thread_([this, &context](const std::stop_token& stop) { beat(stop, context); }) {}

  /// The server showed life; any thread.
  void heard() { heard_ = Clock::now(); }

 private:
  void beat(const std::stop_token& stop, temporal::ActivityContext& context) {
    std::unique_lock lock(mutex_);
    bool is_silent = false;
    while (!stop.stop_requested()) {
      context.heartbeat();
      if (is_silent != (Clock::now() - heard_.load() > silence_told_after)) {
        is_silent = !is_silent;
        tell_(is_silent);
      }
      wake_.wait_for(lock, stop, heartbeat_interval, [] { return false; });
    }
  }
  const TellSilence tell_;
  std::atomic<Clock::time_point> heard_ = Clock::now();
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;
};

}  // namespace sluice::sync
