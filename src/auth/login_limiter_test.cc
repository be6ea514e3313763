// Guesses are slowed down, and nobody is shut out by them. Pure; time is given.
#include "auth/login_limiter.h"

#include <gtest/gtest.h>

namespace sluice::auth {
namespace {

constexpr Micros second_us = 1'000'000;
constexpr Micros now_us = 1'700'000'000 * second_us;

LoginLimiter::Limits small_limits() {
  return {.name = {.burst = 3, .interval_us = 30 * second_us},
          .address = {.burst = 5, .interval_us = 10 * second_us},
          .entries_max = 100};
}

TEST(LoginLimiter, ANameHasAFewFailuresWhereverTheyComeFrom) {
  LoginLimiter limiter(small_limits());
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(limiter.begin("192.0.2." + std::to_string(i), "ann", now_us), std::nullopt) << i;
  }
  EXPECT_EQ(limiter.begin("192.0.2.9", "ann", now_us), 30);
  EXPECT_EQ(limiter.begin("192.0.2.9", "bob", now_us), std::nullopt);
  EXPECT_EQ(limiter.begin("192.0.2.9", "ann", now_us + 29 * second_us), 1);
  EXPECT_EQ(limiter.begin("192.0.2.9", "ann", now_us + 30 * second_us), std::nullopt)
      << "refused ones were not counted";
  EXPECT_EQ(limiter.begin("192.0.2.9", "ann", now_us + 30 * second_us), 30);
}

TEST(LoginLimiter, AnAddressHasAFewFailuresForWhomeverTheyAre) {
  LoginLimiter limiter(small_limits());
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(limiter.begin("2001:db8::1", "n" + std::to_string(i), now_us), std::nullopt);
  }
  EXPECT_EQ(limiter.begin("2001:db8::2", "n9", now_us), 10) << "of the same /64";
  EXPECT_EQ(limiter.begin("2001:db8:0:1::1", "n9", now_us), std::nullopt);
}

TEST(LoginLimiter, WhoSucceedsOwesNothing) {
  LoginLimiter limiter(small_limits());
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(limiter.begin("192.0.2.1", "ann", now_us), std::nullopt) << i;
    limiter.succeeded("192.0.2.1", "ann");
  }
  EXPECT_EQ(limiter.begin("192.0.2.1", "ann", now_us), std::nullopt);
  EXPECT_EQ(limiter.begin("192.0.2.1", "ann", now_us), std::nullopt);
  limiter.succeeded("192.0.2.1", "ann");
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(limiter.begin("192.0.2.1", "ann", now_us)) << i;
}

TEST(LoginLimiter, TheTableIsBoundedAndWhoOwesMostStays) {
  LoginLimiter limiter(small_limits());
  for (int i = 0; i < 3; ++i) limiter.begin("192.0.2.1", "ann", now_us);
  for (int i = 0; i < 1'000; ++i) {
    limiter.begin("10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250),
                  "n" + std::to_string(i), now_us);
  }
  EXPECT_LE(limiter.entries(), 100U);
  EXPECT_TRUE(limiter.begin("192.0.2.7", "ann", now_us));
}

TEST(AddressGroup, IsWhatOneCustomerHas) {
  EXPECT_EQ(address_group("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(address_group("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  EXPECT_EQ(address_group("::ffff:192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(address_group("::1"), "::/64");
  EXPECT_EQ(address_group("no address"), "no address");
}

}  // namespace
}  // namespace sluice::auth
