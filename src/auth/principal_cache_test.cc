// What is kept of a credential's check, and that nothing outlives a revocation. Pure; time is
// given.
#include "auth/principal_cache.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "auth/secrets.h"
#include "base/hash.h"

namespace sluice::auth {
namespace {

constexpr Micros now_us = 1'700'000'000'000'000;
constexpr Micros never_us = now_us * 2;
const Principal ann{{"acme"}, "id", Permissions::all(), CredentialKind::token, "", ""};

TEST(PrincipalCache, KeepsForAWhile) {
  PrincipalCache cache;
  EXPECT_EQ(cache.find("a", now_us), std::nullopt);
  cache.keep("a", ann, cache.generation(), now_us, never_us);
  EXPECT_EQ(cache.find("a", now_us), ann);
  EXPECT_EQ(cache.find("a", now_us + PrincipalCache::lifetime_us - 1), ann);
  EXPECT_EQ(cache.find("a", now_us + PrincipalCache::lifetime_us), std::nullopt);
  cache.keep("b", ann, cache.generation(), now_us, now_us + 5);
  EXPECT_EQ(cache.find("b", now_us + 5), std::nullopt) << "the credential ended before";
}

TEST(PrincipalCache, AnAnswerFromBeforeARevocationIsNotKeptAfterIt) {
  PrincipalCache cache;
  const std::uint64_t before = cache.generation();
  cache.keep("a", ann, before, now_us, never_us);
  cache.clear();
  EXPECT_EQ(cache.find("a", now_us), std::nullopt);
  cache.keep("a", ann, before, now_us, never_us);
  EXPECT_EQ(cache.find("a", now_us), std::nullopt);
}

TEST(PrincipalCache, IsBoundedAndForManyThreads) {
  PrincipalCache cache;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&cache, t] {
      for (int i = 0; i < 10'000; ++i) {
        const std::string key = sha256_hex(std::to_string(t) + "/" + std::to_string(i));
        cache.keep(key, ann, cache.generation(), now_us, never_us);
        cache.find(key, now_us);
        if (i % 1'000 == 0) cache.clear();
      }
    });
  }
  threads.clear();
  std::size_t kept = 0;
  for (int t = 0; t < 4; ++t) {
    for (int i = 0; i < 10'000; ++i) {
      if (cache.find(sha256_hex(std::to_string(t) + "/" + std::to_string(i)), now_us)) ++kept;
    }
  }
  EXPECT_LE(kept, PrincipalCache::entries_max);
}

TEST(Secrets, SayWhatTheyAreAndAreNeverTheSameTwice) {
  const std::string family = make_family();
  const std::string first = make_refresh_token(family);
  EXPECT_EQ(family_of(first), family);
  EXPECT_NE(first, make_refresh_token(family));
  EXPECT_EQ(first.size(), 132U);
  for (const std::string& other : {std::string(), std::string("slr_"), first + "0", first.substr(1),
                                   "slr_" + family, make_token(), std::string(132, 'a')}) {
    EXPECT_EQ(family_of(other), std::nullopt) << other;
  }
  EXPECT_TRUE(is_invitation(make_invitation()));
  EXPECT_FALSE(is_invitation(make_token()));
  EXPECT_NE(make_csrf_token(), make_csrf_token());
}

}  // namespace
}  // namespace sluice::auth
