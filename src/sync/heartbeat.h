#pragma once

#include <atomic>
#include <chrono>
#include <functional>

#include "base/background_loop.h"
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
        loop_({.name = "heartbeat", .poll_interval = heartbeat_interval},
              [this, &context](const std::stop_token&) {
                beat(context);
                return BackgroundLoop::Round::idle;
              }) {}

  /// The server showed life; any thread.
  void heard() { heard_ = Clock::now(); }

 private:
  void beat(temporal::ActivityContext& context) {
    context.heartbeat();
    if (is_silent_ == (Clock::now() - heard_.load() > silence_told_after)) return;
    is_silent_ = !is_silent_;
    tell_(is_silent_);
  }
  const TellSilence tell_;
  std::atomic<Clock::time_point> heard_ = Clock::now();
  bool is_silent_ = false;
  BackgroundLoop loop_;  ///< Last: it uses the rest.
};

}  // namespace sluice::sync
