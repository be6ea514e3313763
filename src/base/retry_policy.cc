#include "base/retry_policy.h"

#include <algorithm>
#include <random>

namespace sluice {

RetryPolicy::Duration RetryPolicy::interval_after(int failures) const {
  Duration interval = std::min(first_interval, max_interval);
  if (interval.count() <= 0 || factor <= 1) return interval;
  // Ends at the limit: it cannot overflow, and many failures cost no more than few.
  for (int i = 1; i < failures && interval < max_interval; ++i) {
    interval = interval > max_interval / factor ? max_interval : interval * factor;
  }
  return interval;
}

std::optional<RetryPolicy::Duration> RetryPolicy::next(int failures, Duration elapsed,
                                                       double random,
                                                       std::optional<Duration> asked) const {
  if (attempts && failures >= *attempts) return std::nullopt;
  Duration wait = interval_after(failures);
  wait += std::chrono::duration_cast<Duration>(wait * (jitter * std::clamp(random, 0.0, 1.0)));
  if (asked) wait = std::max(*asked, first_interval);
  if (deadline && (elapsed >= *deadline || wait > *deadline - elapsed)) return std::nullopt;
  return wait;
}

double random_share() {
  thread_local std::minstd_rand random(std::random_device{}());
  return std::uniform_real_distribution<double>(0, 1)(random);
}

}  // namespace sluice
