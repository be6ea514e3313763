#include "lakehouse/databricks/waking_window.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace sluice::lakehouse::databricks {
namespace {

const TenantId acme{"acme"};
const TenantId small{"small"};
constexpr Micros second = 1'000'000;

class WakingWindowTest : public testing::Test {
 protected:
  std::optional<Micros> join(const TenantId& tenant, const std::string& dataset) {
    return window_.join(tenant, dataset, clock_.now_us());
  }
  FakeClock clock_;
  WakingWindow window_{std::chrono::seconds(30)};
};

TEST_F(WakingWindowTest, AllWaitForOneEnd) {
  const Micros ends_us = clock_.now_us() + 30 * second;
  EXPECT_EQ(join(acme, "a"), ends_us);
  clock_.advance_us(20 * second);
  EXPECT_EQ(join(small, "b"), ends_us);
  clock_.advance_us(5 * second);
  EXPECT_EQ(join(small, "b"), ends_us) << "asked again";
  EXPECT_EQ(window_.waking_of("a"), window_.waking_of("b"));
  EXPECT_EQ(window_.waking_of("c"), nullptr);
}

TEST_F(WakingWindowTest, WhoComesAtItsEndBeginsAtOnceAndWhoComesLaterOpensAnother) {
  ASSERT_TRUE(join(acme, "a"));
  clock_.advance_us(30 * second);
  EXPECT_EQ(join(small, "b"), std::nullopt) << "it is being woken";
  EXPECT_EQ(window_.waking_of("b"), nullptr) << "and was not waited for";
  clock_.advance_us(60 * second - 1);
  EXPECT_EQ(join(small, "b"), std::nullopt);
  clock_.advance_us(1);
  EXPECT_EQ(join(small, "b"), clock_.now_us() + 30 * second) << "asleep again";
  EXPECT_NE(window_.waking_of("a"), nullptr) << "its second step may still come";
  EXPECT_NE(window_.waking_of("a"), window_.waking_of("b"));
}

TEST_F(WakingWindowTest, ATenantWithFortyDatasetsHoldsUpNobody) {
  std::vector<std::pair<Micros, std::string>> turns;
  for (int i = 0; i < 40; ++i) turns.emplace_back(*join(acme, std::to_string(i)), "acme");
  for (int i = 0; i < 3; ++i) turns.emplace_back(*join(small, "s" + std::to_string(i)), "small");
  std::stable_sort(turns.begin(), turns.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (std::size_t i = 0; i < 6; i += 2) {
    EXPECT_NE(turns[i].second, turns[i + 1].second) << "in turn";
    EXPECT_EQ(turns[i].first, turns[i + 1].first);
  }
  EXPECT_EQ(turns.back().first - turns.front().first, 39 * 50'000);
}

TEST_F(WakingWindowTest, TurnsTakeAMinuteAtMost) {
  Micros last = 0;
  const Micros first = *join(acme, "first");
  for (int i = 0; i < 2'000; ++i) last = *join(acme, std::to_string(i));
  EXPECT_EQ(last, first + 60 * second);
}

}  // namespace
}  // namespace sluice::lakehouse::databricks
