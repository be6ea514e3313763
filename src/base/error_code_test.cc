// Pure. What must not compile is asserted as such.
#include "base/error_code.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <type_traits>

namespace sluice::error_code_test {
namespace {

#define SLUICE_TEST_CODES(CODE)             \
  CODE(too_green, "The fruit is not ripe.") \
  CODE(too_brown, "The fruit is past that.")
SLUICE_ERROR_CODES(Code, SLUICE_TEST_CODES)

#define SLUICE_OTHER_CODES(CODE) CODE(too_green, "The paint is too green.")
SLUICE_ERROR_CODES(OtherCode, SLUICE_OTHER_CODES)

// What an ErrorCode is not made of by accident.
static_assert(std::is_convertible_v<Code, ErrorCode>);
static_assert(!std::is_convertible_v<const char*, ErrorCode>);
static_assert(!std::is_convertible_v<std::string, ErrorCode>);
static_assert(!std::is_convertible_v<std::string_view, ErrorCode>);
static_assert(!std::is_convertible_v<int, ErrorCode>);

TEST(ErrorCode, HasTheEnumeratorsName) {
  EXPECT_EQ(ErrorCode(Code::too_brown).text(), "too_brown");
  EXPECT_EQ(text_of(Code::too_green), "too_green");
  EXPECT_EQ(error_code_entries(Code{})[1].meaning, "The fruit is past that.");
  EXPECT_TRUE(ErrorCode().empty());
}

TEST(ErrorCode, IsComparedWithEnumerators) {
  const ErrorCode code = Code::too_green;
  EXPECT_TRUE(code == Code::too_green);
  EXPECT_TRUE(code != Code::too_brown);
  EXPECT_NE(code, ErrorCode(Code::too_brown));
  EXPECT_EQ(code, "too_green");
}

TEST(ErrorCode, WhatIsReadBackIsTheSameCode) {
  const ErrorCode read = ErrorCode::from_outside("too_brown");
  EXPECT_TRUE(read == Code::too_brown);
  EXPECT_EQ(read, ErrorCode(Code::too_brown));
  EXPECT_FALSE(ErrorCode::from_outside("of_tomorrow") == Code::too_brown);
}

TEST(ErrorCode, TwoRoomsWithOneWordMeanTheSame) {
  EXPECT_TRUE(ErrorCode(OtherCode::too_green) == Code::too_green);
}

}  // namespace
}  // namespace sluice::error_code_test
