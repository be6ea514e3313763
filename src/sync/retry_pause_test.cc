// How long a sync pauses before it tries again. Pure.
#include "sync/retry_pause.h"

#include <gtest/gtest.h>

#include <limits>

namespace sluice::sync {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

WorkflowWant want(std::int64_t attempts, std::int64_t interval_s) {
  WorkflowWant want;
  want.retry_attempts = attempts;
  want.retry_interval_s = interval_s;
  return want;
}

TEST(RetryPause, DoublesToTenMinutesWhileTheAttemptsLast) {
  const std::int64_t wanted[] = {30, 60, 120, 240, 480, 600, 600};
  for (std::int64_t attempt = 1; attempt <= 7; ++attempt) {
    const RetryPause pause = pause_after(want(8, 30), attempt);
    EXPECT_EQ(pause.duration, seconds(wanted[attempt - 1])) << attempt;
    EXPECT_FALSE(pause.is_slow);
  }
  EXPECT_EQ(pause_after(want(100, 300), 2).duration, seconds(600));
  EXPECT_EQ(pause_after(want(100, 1'000), 5).duration, seconds(1'000)) << "never below the first";
  EXPECT_EQ(pause_after(want(1'000'000'000'000, 1), 999'999'999'999).duration, seconds(600))
      << "and no number overflows on the way";
}

TEST(RetryPause, IsAnHourForADayAndThenADay) {
  EXPECT_FALSE(pause_after(want(3, 300), 2).is_slow);
  for (const std::int64_t attempt : {3, 4, 26}) {
    const RetryPause pause = pause_after(want(3, 300), attempt);
    EXPECT_TRUE(pause.is_slow);
    EXPECT_EQ(pause.duration, hours(1)) << attempt;
  }
  EXPECT_EQ(pause_after(want(3, 300), 27).duration, hours(24));
  EXPECT_EQ(pause_after(want(1, 7'200), 1).duration, hours(2)) << "never shorter than the first";
  EXPECT_EQ(pause_after(want(0, 300), 1).duration, hours(1));
}

TEST(RetryPause, IsSpreadOverATenthAndNeverLonger) {
  for (const std::uint64_t random : {std::uint64_t{0}, std::uint64_t{359}, std::uint64_t{360},
                                     std::numeric_limits<std::uint64_t>::max()}) {
    const seconds spread_out = spread(slow_pause, random);
    EXPECT_LE(spread_out, slow_pause);
    EXPECT_GT(spread_out, slow_pause - slow_pause / 10);
  }
  EXPECT_NE(spread(slow_pause, 1), spread(slow_pause, 2));
  EXPECT_EQ(spread(seconds(9), 7), seconds(9)) << "of a few seconds nothing is taken";
  EXPECT_EQ(spread(seconds(0), 7), seconds(0));
}

TEST(WaitUntil, IsTheTimeLeftAndNeverLongerThanTheWindowAndItsTurns) {
  WorkflowWant waits;
  waits.window_s = 30;
  EXPECT_EQ(wait_until(5'000'001, 2'000'000, waits), std::chrono::milliseconds(3'001));
  EXPECT_EQ(wait_until(5, 5, waits).count(), 0);
  EXPECT_EQ(wait_until(0, 1'700'000'000'000'000, waits).count(), 0) << "now";
  EXPECT_EQ(wait_until(std::numeric_limits<Micros>::max(), 5, waits), seconds(90))
      << "a clock that is wrong keeps nobody for long";
  EXPECT_EQ(wait_until(std::numeric_limits<Micros>::min() / 2, 5, waits).count(), 0);
}

}  // namespace
}  // namespace sluice::sync
