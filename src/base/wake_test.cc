// That no wake is lost between looking and waiting. Real threads.
#include "base/wake.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace sluice {
namespace {

TEST(Wake, WhatIsSaidBeforeTheWaitIsNotLost) {
  Wake wake;
  const std::uint64_t seen = wake.count();
  wake.notify();
  wake.wait(seen, {});  // Would block for ever.
  EXPECT_NE(wake.count(), seen);
}

TEST(Wake, AllWhoWaitAreWoken) {
  Wake wake;
  const std::uint64_t seen = wake.count();
  std::atomic<int> woken = 0;
  {
    std::jthread first([&] { wake.wait(seen, {}), ++woken; });
    std::jthread second([&] { wake.wait(seen, {}), ++woken; });
    wake.notify();
  }
  EXPECT_EQ(woken, 2);
}

TEST(Wake, AStopEndsTheWait) {
  Wake wake;
  std::jthread waits([&](const std::stop_token& stop) { wake.wait(wake.count(), stop); });
  waits.request_stop();
  waits.join();
  EXPECT_EQ(wake.count(), 0U);
}

TEST(Wake, TheTimeEndsIt) {
  Wake wake;
  wake.wait_for(wake.count(), {}, std::chrono::microseconds(1));
  EXPECT_EQ(wake.count(), 0U);
}

}  // namespace
}  // namespace sluice
