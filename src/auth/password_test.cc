// Pure, with a cost that takes no time; that of the default is measured by bench/people.
#include "auth/password.h"

#include <gtest/gtest.h>

namespace sluice::auth {
namespace {

constexpr PasswordCost cheap{.memory_bytes = password_memory_bytes_min, .passes = 1};

TEST(Password, IsHashedWithASaltOfItsOwn) {
  const std::string hash = hash_password("correct horse", cheap).value();
  EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=8,t=1,p=1$")) << hash;
  EXPECT_NE(hash, hash_password("correct horse", cheap).value());
  EXPECT_TRUE(password_matches(hash, "correct horse"));
  for (const char* other : {"", "correct horsf", "correct hors", "Correct horse"}) {
    EXPECT_FALSE(password_matches(hash, other)) << other;
  }
  EXPECT_TRUE(password_matches(hash_password(std::string("a\0b", 3), cheap).value(),
                               std::string_view("a\0b", 3)));
}

TEST(Password, AHashThatIsNotOursMatchesNothing) {
  for (const std::string& hash :
       {std::string(), std::string("x"), std::string("$argon2id$v=19$m=8,t=1,p=1$"),
        std::string("$2b$12$abcdefghijklmnopqrstuv"), std::string(500, '$')}) {
    EXPECT_FALSE(password_matches(hash, "")) << hash;
    EXPECT_FALSE(password_matches(hash, "correct horse")) << hash;
  }
}

TEST(Password, SaysWhenItIsHashedTooCheaply) {
  const std::string hash = hash_password("correct horse", cheap).value();
  EXPECT_FALSE(needs_rehash(hash, cheap));
  EXPECT_TRUE(needs_rehash(hash, {.memory_bytes = cheap.memory_bytes, .passes = 2}));
  EXPECT_TRUE(needs_rehash(hash, {.memory_bytes = 2 * cheap.memory_bytes, .passes = 1}));
  EXPECT_TRUE(needs_rehash("", cheap));
}

TEST(Password, NewOnesAreLongAndNotTheLogin) {
  EXPECT_TRUE(check_new_password("ten signs!", "ann"));
  EXPECT_TRUE(check_new_password("süße Äpfel im Mai", "ann"));
  EXPECT_TRUE(check_new_password(std::string(password_bytes_max, 'x'), "ann"));
  for (const std::string& bad :
       {std::string(), std::string("nine char"), std::string(password_bytes_max + 1, 'x'),
        std::string("ann.smith@x"), std::string("Ann.Smith@X"), std::string("\xFF\xFE no utf-8")}) {
    EXPECT_EQ(check_new_password(bad, "ann.smith@x").error().code, "bad_password") << bad;
  }
}

TEST(Login, HasOneForm) {
  EXPECT_EQ(normal_login(" Ann@Example.COM\n").value(), "ann@example.com");
  EXPECT_EQ(normal_login("größe").value(), "größe");
  for (const std::string& bad :
       {std::string(), std::string("  "), std::string("a b"), std::string("a\nb"),
        std::string(255, 'x'), std::string("a\0b", 3), std::string("\xC3(")}) {
    EXPECT_EQ(normal_login(bad).error().code, "bad_login") << bad;
  }
}

}  // namespace
}  // namespace sluice::auth
