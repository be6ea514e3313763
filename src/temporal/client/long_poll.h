#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <thread>
#include <utility>

#include "base/result.h"

// Inside this room only.

namespace sluice::temporal {

/// Repeats a long poll until `poll` gives a value, an error that no waiting mends, or `timeout` has
/// passed, which is `late`. A server that restarts is waited for.
template <typename T>
Result<T> poll_until(
    std::chrono::milliseconds timeout, const Error& late,
    const std::function<Result<std::optional<T>>(std::chrono::milliseconds left)>& poll) {
  using Clock = std::chrono::steady_clock;
  using std::chrono::milliseconds;
  /// The server itself gives up a long poll after about this long.
  constexpr milliseconds long_poll{20'000};
  constexpr milliseconds retry_pause{200};
  const Clock::time_point deadline = Clock::now() + timeout;
  while (true) {
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - Clock::now());
    if (left <= milliseconds::zero()) return fail(late);
    Result<std::optional<T>> found = poll(std::min(left, long_poll));
    if (found && *found) return *std::move(*found);
    if (found) continue;
    const Errc kind = found.error().kind;
    if (kind != Errc::unavailable && kind != Errc::deadline_exceeded) {
      return fail(std::move(found).error());
    }
    if (kind == Errc::unavailable) std::this_thread::sleep_for(std::min(left, retry_pause));
  }
}

}  // namespace sluice::temporal
