// Pure. The forms are stored and shown: what was a token or a scope stays one.
#include "auth/token.h"

#include <gtest/gtest.h>

#include <string>

#include "base/hash.h"

namespace sluice::auth {
namespace {

TEST(Token, IsPrefixedAndNeverTheSameTwice) {
  const std::string token = make_token();
  EXPECT_EQ(token.size(), 68U);
  EXPECT_TRUE(is_token(token));
  EXPECT_NE(token, make_token());
  EXPECT_EQ(token_sha256(token), sha256_hex(token));
  EXPECT_EQ(token_sha256(token).size(), 64U);
}

TEST(Token, OnlyOurOwnFormIsOne) {
  const std::string digits(64, 'a');
  EXPECT_TRUE(is_token("slc_" + digits));
  EXPECT_FALSE(is_token(""));
  EXPECT_FALSE(is_token("slc_"));
  EXPECT_FALSE(is_token(digits));
  EXPECT_FALSE(is_token("SLC_" + digits));
  EXPECT_FALSE(is_token("slc_" + digits + "0"));
  EXPECT_FALSE(is_token("slc_" + std::string(64, 'A')));
  EXPECT_FALSE(is_token("slc_" + std::string(63, 'a') + "g"));
}

TEST(Token, ItsPrefixTellsItFromOthersAndNoMore) {
  const std::string token = make_token();
  EXPECT_EQ(token_prefix(token).size(), 12U);
  EXPECT_TRUE(token.starts_with(token_prefix(token)));
}

TEST(Bearer, TakesTheSchemeInAnyCase) {
  for (const char* header : {"Bearer abc", "bearer abc", "BEARER abc", "bEaReR   abc"}) {
    EXPECT_EQ(bearer_credential(header), "abc") << header;
  }
  EXPECT_EQ(bearer_credential("Bearer a-._~+/0Z=="), "a-._~+/0Z==");
  EXPECT_EQ(bearer_credential("Bearer " + std::string(bearer_bytes_max, 'x')),
            std::string(bearer_bytes_max, 'x'));
}

TEST(Bearer, TakesNothingElse) {
  const std::string with_nul("Bearer a\0b", 10);
  for (const std::string& header : {std::string(),
                                    std::string("Bearer"),
                                    std::string("Bearer "),
                                    std::string("Bearer    "),
                                    std::string("Bearerabc"),
                                    std::string("Bearer\tabc"),
                                    std::string(" Bearer abc"),
                                    std::string("Bearer abc "),
                                    std::string("Bearer abc def"),
                                    std::string("Bearer abc,def"),
                                    std::string("Bearer \"abc\""),
                                    std::string("Bearer abc\r\nX: y"),
                                    std::string("Bearer =="),
                                    std::string("Bearer a=b"),
                                    std::string("Bearer caf\xC3\xA9"),
                                    std::string("Basic YTpi"),
                                    std::string("Token abc"),
                                    std::string("abc"),
                                    std::string("Bearer: abc"),
                                    "Bearer " + std::string(bearer_bytes_max + 1, 'x'),
                                    with_nul}) {
    EXPECT_EQ(bearer_credential(header), std::nullopt) << header;
  }
}

}  // namespace
}  // namespace sluice::auth
