#include "lakehouse/databricks/awake_meter.h"

#include <gtest/gtest.h>

#include <vector>

namespace sluice::lakehouse::databricks {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

AwakeMeter::Time at(std::int64_t second) { return AwakeMeter::Time() + seconds(1'000 + second); }

std::int64_t s(nanoseconds time) { return std::chrono::round<seconds>(time).count(); }

class AwakeMeterTest : public testing::Test {
 protected:
  AwakeMeterTest() { meter_.set_auto_stop(seconds(600)); }
  std::int64_t run(std::int64_t from, std::int64_t to) {
    const AwakeMeter::Use use = meter_.begin(at(from));
    return s(meter_.end(use, at(to)));
  }
  AwakeMeter meter_;
};

TEST_F(AwakeMeterTest, WhoWakesItPaysItsWorkAndTheWholeIdleTime) { EXPECT_EQ(run(0, 20), 620); }

TEST_F(AwakeMeterTest, WhoComesWithinTheIdleTimeOfAnotherPaysWhatItLengthensThatBy) {
  EXPECT_EQ(run(0, 20), 620);
  EXPECT_EQ(run(120, 130), 110) << "100 s it was idle, and 10 of work";
  EXPECT_EQ(run(730, 731), 601) << "it was about to stop";
  // In all from 0 to 731 + 600.
  EXPECT_EQ(run(1'331, 1'332), 601) << "and slept: another waking";
}

TEST_F(AwakeMeterTest, WorkAtOneTimeIsSharedEqually) {
  const AwakeMeter::Use a = meter_.begin(at(0));
  const AwakeMeter::Use b = meter_.begin(at(10));
  EXPECT_EQ(s(meter_.end(a, at(20))), 10 + 5 + 600);
  const AwakeMeter::Use c = meter_.begin(at(20));
  EXPECT_EQ(s(meter_.end(c, at(30))), 5);
  EXPECT_EQ(s(meter_.end(b, at(40))), 5 + 5 + 10);
}

TEST_F(AwakeMeterTest, TheSharesOfAWakingAddUpToTheTimeAwake) {
  // Any times: what counts is the sum.
  struct Span {
    std::int64_t from, to;
  };
  const Span spans[] = {{0, 31}, {3, 17}, {3, 50}, {60, 61}, {200, 260}, {230, 240}, {230, 300}};
  std::vector<AwakeMeter::Use> uses(std::size(spans));
  nanoseconds sum{0};
  for (std::int64_t now = 0; now <= 300; ++now) {
    for (std::size_t i = 0; i < std::size(spans); ++i) {
      if (spans[i].to == now) sum += meter_.end(uses[i], at(now));
    }
    for (std::size_t i = 0; i < std::size(spans); ++i) {
      if (spans[i].from == now) uses[i] = meter_.begin(at(now));
    }
  }
  EXPECT_EQ(s(sum), 300 + 600);
}

TEST_F(AwakeMeterTest, OfAWarehouseThatNeverStopsTheWorkIsPaid) {
  meter_.set_auto_stop(seconds(0));
  EXPECT_EQ(run(0, 20), 20);
  EXPECT_EQ(run(50, 60), 10);
}

TEST_F(AwakeMeterTest, AnAutoStopThatIsShortenedIsNoCredit) {
  EXPECT_EQ(run(0, 20), 620);
  meter_.set_auto_stop(seconds(60));
  EXPECT_EQ(run(30, 40), 10);
}

TEST(Waking, ThoseWhoWaitedShareWhatTheFirstWouldPay) {
  Waking waking;
  for (const char* id : {"a", "b", "c", "c"}) waking.add(id);
  EXPECT_EQ(s(waking.share("b", seconds(600))), 200);
  EXPECT_EQ(s(waking.share("b", seconds(0))), 0) << "once";
  EXPECT_EQ(s(waking.share("a", seconds(7))), 207)
      << "idle time that it made begin anew is its own";
  EXPECT_EQ(s(waking.share("c", seconds(0))), 200);
  EXPECT_EQ(s(waking.share("late", seconds(5))), 5);
}

TEST(Waking, WhereAnotherWokeItThereIsNothingToShare) {
  Waking waking;
  waking.add("a");
  waking.add("b");
  EXPECT_EQ(s(waking.share("stranger", seconds(0))), 0);
  EXPECT_EQ(s(waking.share("a", seconds(0))), 0);
  EXPECT_EQ(s(waking.share("b", seconds(3))), 3);
}

}  // namespace
}  // namespace sluice::lakehouse::databricks
