#pragma once

#include <chrono>
#include <cstdint>

#include "sync/want.h"

namespace sluice::sync {

// Pure, and called by workflow code: what comes of it stands in histories as timers and notes.
// Whoever changes it asks for `patched` first, and lets replay_test judge.

/// How long a sync pauses before its next attempt.
struct RetryPause {
  std::chrono::seconds duration{0};
  /// The attempts of the settings are used up: it waits for the lakehouse, at a slow rate.
  bool is_slow = false;
};

/// The first slow pauses are an hour each; when a day of them has not helped, a day each.
inline constexpr std::chrono::seconds slow_pause{3'600};
inline constexpr std::int64_t slow_pauses_max = 24;
inline constexpr std::chrono::seconds slowest_pause{86'400};

/// After that many attempts, 1 or more. While they are those of the settings the pause doubles, to
/// at most 600 s; after that it is slow, and never shorter than the first one.
RetryPause pause_after(const WorkflowWant& want, std::int64_t attempts);

/// All that failed in one outage would else try again at one moment, hour after hour: the pause is
/// shorter by up to a tenth. `random` is the context's `random_u64`, never the machine's.
std::chrono::seconds spread(std::chrono::seconds pause, std::uint64_t random);

/// Until a sync may begin that waits for others, whatever clock said so: never longer than its
/// want's window and the turns after it. 0: at once.
std::chrono::milliseconds wait_until(Micros begins_at_us, Micros now_us, const WorkflowWant& want);

}  // namespace sluice::sync
