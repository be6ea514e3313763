// Whose turn a request waits in before it is authenticated. Pure, with threads.
#include "api/caller_hints.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace sluice::api {
namespace {

TEST(CallerHints, KnowWhoseTokenWasGoodUntilItIsForgotten) {
  CallerHints hints;
  EXPECT_EQ(hints.tenant_of("t1"), "");
  hints.learn("t1", "acme");
  hints.learn("t2", "acme");
  hints.learn("t3", "other");
  EXPECT_EQ(hints.tenant_of("t1"), "acme");
  EXPECT_EQ(hints.tenant_of("t3"), "other");
  hints.forget("t1");
  hints.forget("never known");
  EXPECT_EQ(hints.tenant_of("t1"), "");
  EXPECT_EQ(hints.tenant_of("t2"), "acme");
  hints.learn("t2", "other");
  EXPECT_EQ(hints.tenant_of("t2"), "other") << "the last word counts";
}

/// Whoever mints tokens without end fills no memory, and the newest is known in any case.
TEST(CallerHints, AreBounded) {
  CallerHints hints;
  constexpr int many = 25'000;
  for (int i = 0; i < many; ++i) {
    hints.learn("t" + std::to_string(i), "acme");
    ASSERT_EQ(hints.tenant_of("t" + std::to_string(i)), "acme");
  }
  int known = 0;
  for (int i = 0; i < many; ++i) known += hints.tenant_of("t" + std::to_string(i)).empty() ? 0 : 1;
  EXPECT_LE(known, 10'000);
}

TEST(CallerHints, ManyThreadsAskAndTell) {
  CallerHints hints;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&hints, tenant = "tenant" + std::to_string(i)] {
      for (int j = 0; j < 2'000; ++j) {
        const std::string token = tenant + "-" + std::to_string(j % 50);
        hints.learn(token, tenant);
        EXPECT_EQ(hints.tenant_of(token), tenant);
        hints.forget(token);
        EXPECT_EQ(hints.tenant_of(token), "");
      }
    });
  }
}

}  // namespace
}  // namespace sluice::api
