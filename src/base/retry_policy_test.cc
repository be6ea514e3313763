// Pure: policies are values, nobody waits.
#include "base/retry_policy.h"

#include <gtest/gtest.h>

#include <limits>

namespace sluice {
namespace {

using std::chrono::milliseconds;

constexpr RetryPolicy doubling{.first_interval = milliseconds(500),
                               .max_interval = milliseconds(10'000)};
constexpr RetryPolicy steady{
    .first_interval = milliseconds(300), .factor = 1, .max_interval = milliseconds(10'000)};
constexpr RetryPolicy four{.first_interval = milliseconds(100), .attempts = 4};
constexpr RetryPolicy minute{.first_interval = milliseconds(500),
                             .max_interval = milliseconds(10'000),
                             .deadline = milliseconds(60'000),
                             .jitter = 0.25};
constexpr int very_many = std::numeric_limits<int>::max();

TEST(RetryPolicy, IntervalsGrowToTheirLimit) {
  struct Row {
    RetryPolicy policy;
    int failures;
    int wait_ms;
  };
  const Row rows[] = {
      {doubling, 1, 500},
      {doubling, 2, 1'000},
      {doubling, 5, 8'000},
      {doubling, 6, 10'000},
      {doubling, 60, 10'000},
      {doubling, very_many, 10'000},
      {steady, 1, 300},
      {steady, 99, 300},
      {{.factor = 10}, 2, 5'000},
      {{.first_interval = milliseconds(20), .max_interval = milliseconds(10)}, 1, 10},
      {{.first_interval = milliseconds(0)}, very_many, 0}};
  for (const Row& row : rows) {
    EXPECT_EQ(row.policy.interval_after(row.failures), milliseconds(row.wait_ms)) << row.failures;
  }
  RetryPolicy huge;
  huge.max_interval = milliseconds::max();
  EXPECT_EQ(huge.interval_after(very_many), milliseconds::max()) << "without overflow";
}

TEST(RetryPolicy, WhenItIsTimeToGiveUp) {
  struct Row {
    RetryPolicy policy;
    int failures;
    int elapsed_ms;
    double random;
    std::optional<int> asked_ms;
    std::optional<int> wait_ms;
  };
  const std::optional<int> give_up;
  const Row rows[] = {{four, 1, 0, 0, {}, 100},
                      {four, 3, 0, 0, {}, 400},
                      {four, 4, 0, 0, {}, give_up},
                      {four, 5, 0, 0, {}, give_up},
                      {doubling, 1'000, 999'999'999, 0, {}, 10'000},
                      {minute, 1, 0, 0, {}, 500},
                      {minute, 1, 0, 1, {}, 625},
                      {minute, 1, 0, 7, {}, 625},  // never more than all of it
                      {minute, 6, 50'000, 0, {}, 10'000},
                      {minute, 6, 50'000, 0.5, {}, give_up},
                      {minute, 6, 50'001, 0, {}, give_up},
                      {minute, 1, 60'000, 0, {}, give_up},
                      {minute, 1, 0, 1, 30'000, 30'000},  // what was asked for has no jitter
                      {minute, 1, 0, 0, 0, 500},
                      {minute, 1, 31'000, 0, 30'000, give_up}};
  for (const Row& row : rows) {
    std::optional<milliseconds> asked;
    if (row.asked_ms) asked = milliseconds(*row.asked_ms);
    const auto wait =
        row.policy.next(row.failures, milliseconds(row.elapsed_ms), row.random, asked);
    EXPECT_EQ(wait ? wait->count() : -1, row.wait_ms.value_or(-1))
        << row.failures << " failures after " << row.elapsed_ms;
  }
}

TEST(RetryPolicy, RandomSharesAreShares) {
  double least = 1;
  double most = 0;
  for (int i = 0; i < 1'000; ++i) {
    const double share = random_share();
    least = std::min(least, share);
    most = std::max(most, share);
  }
  EXPECT_GE(least, 0);
  EXPECT_LE(most, 1);
  EXPECT_LT(least, most);
}

}  // namespace
}  // namespace sluice
