#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/wake.h"

namespace sluice {

/// Work that is done behind requests: rounds on a thread of its own, or several, from when it is
/// made until it is stopped. A round that throws ends only itself: it is logged with the loop's
/// name, once for the same failure in a row, and the loop goes on after a pause. Make it the last
/// member: its rounds use the others.
class BackgroundLoop {
 public:
  /// What a round leaves: `more` is due at once, or it is `idle` until it is woken or time passes.
  enum class Round { more, idle };

  struct Options {
    std::string name;  ///< In the log, and of the thread (its first 15 bytes).
    /// A round after so much idle time, unwoken; nothing: only when woken.
    std::optional<std::chrono::microseconds> poll_interval = {};
    /// What wakes it besides wake(), where that is known before the loop is made; outlives it.
    Wake* wake = nullptr;
    std::chrono::milliseconds pause_after_failure{1'000};
    std::size_t threads = 1;                     ///< Each does rounds; a wake is for all.
    std::function<void()> on_thread_start = {};  ///< On each thread first: its priority.
  };
  using Work = std::function<Round(const std::stop_token&)>;

  /// The first round begins at once.
  BackgroundLoop(Options options, Work work);
  /// As stop().
  ~BackgroundLoop();
  BackgroundLoop(const BackgroundLoop&) = delete;
  BackgroundLoop& operator=(const BackgroundLoop&) = delete;

  /// There is something new: a round begins after this, even where one is running. Any thread.
  void wake();
  /// Asks the rounds to end and waits for them; nothing runs afterwards. Not from within a round.
  void stop();

 private:
  void run(const std::stop_token& stop);
  /// The round, or nothing where it threw.
  std::optional<Round> attempt(const std::stop_token& stop, std::string& last_failure);

  const Options options_;
  const Work work_;
  Wake own_wake_;
  Wake& wake_;
  std::vector<std::jthread> threads_;  ///< Last: they use the rest.
};

/// A thread that does one thing. What it throws is logged with its name and ends it, not the
/// process. For threads whose failure somebody waits for: catch and hand it over instead.
std::jthread guarded_thread(std::string name, std::function<void(const std::stop_token&)> body);

/// Waits so long; false where it was stopped before.
bool pause_for(std::chrono::microseconds time, const std::stop_token& stop);

}  // namespace sluice
