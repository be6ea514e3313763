#include "sync/retry_pause.h"

#include <algorithm>

#include "lakehouse/contract/tool_calls.h"

namespace sluice::sync {
namespace {

/// The spec's maximum interval between attempts.
constexpr std::int64_t retry_interval_max_s = 600;

}  // namespace

RetryPause pause_after(const WorkflowWant& want, std::int64_t attempts) {
  const std::int64_t slow = attempts - want.retry_attempts;
  if (slow >= 0) {
    const std::chrono::seconds pause = slow < slow_pauses_max ? slow_pause : slowest_pause;
    return {std::max(pause, std::chrono::seconds(want.retry_interval_s)), true};
  }
  // Not base's RetryPolicy: the timers of workflows in flight must not move with another room's
  // code.
  std::int64_t interval = want.retry_interval_s;
  const std::int64_t most = std::max(retry_interval_max_s, want.retry_interval_s);
  for (std::int64_t i = 1; i < attempts && interval < most; ++i) interval *= 2;
  return {std::chrono::seconds(std::min(interval, most)), false};
}

std::chrono::seconds spread(std::chrono::seconds pause, std::uint64_t random) {
  const auto tenth = static_cast<std::uint64_t>(pause.count()) / 10;
  return pause - std::chrono::seconds(tenth == 0 ? 0 : random % tenth);
}

std::chrono::milliseconds wait_until(Micros begins_at_us, Micros now_us, const WorkflowWant& want) {
  using std::chrono::milliseconds;
  const milliseconds most =
      std::chrono::seconds(want.window_s.value_or(0)) + lakehouse::begin_turns_max;
  const std::chrono::microseconds left(std::max<Micros>(0, begins_at_us - now_us));
  return std::min(std::chrono::ceil<milliseconds>(left), most);
}

}  // namespace sluice::sync
