#pragma once

#include <chrono>
#include <functional>
#include <optional>

namespace sluice {

/// How long to wait between attempts, and when to give up: a value, apart from whoever waits. Which
/// failures are worth another attempt is the caller's to say.
struct RetryPolicy {
  using Duration = std::chrono::milliseconds;

  Duration first_interval{500};      ///< After the first failure in a row.
  int factor = 2;                    ///< Each further failure multiplies it; 1 leaves it as it is.
  Duration max_interval{10'000};     ///< It grows no further.
  std::optional<int> attempts = {};  ///< In all, the first included; nothing: no limit.
  std::optional<Duration> deadline = {};  ///< No attempt begins later than this after the first.
  double jitter =
      0;  ///< At most so much of the interval is added, so that many do not come at once.

  /// The interval after so many failures in a row (1, 2, …), without jitter.
  Duration interval_after(int failures) const;

  /// How long to wait before the next attempt; nothing: give up. `elapsed` since the first attempt
  /// began. `random` from 0 to 1 chooses of the jitter. `asked`: what the other side asked for
  /// (Retry-After), which counts instead of the interval, but never less than the first one.
  std::optional<Duration> next(int failures, Duration elapsed, double random = 0,
                               std::optional<Duration> asked = {}) const;
};

/// Where jitter comes from: a number from 0 to 1, another each time. Thread-safe.
double random_share();

}  // namespace sluice
