// Pure.
#include "base/ascii.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

// What can be asked while compiling is.
static_assert(is_digit('0') && is_digit('9') && !is_digit('/') && !is_digit(':'));
static_assert(is_alpha('a') && is_alpha('Z') && !is_alpha('[') && !is_alpha('`'));
static_assert(is_blank(' ') && is_blank('\t') && !is_blank('\n'));
static_assert(trimmed(" \t\r\n a b \v\f") == "a b");
static_assert(trimmed_blanks("\n a\t ") == "\n a");
static_assert(equals_ignore_case("Form-Data", "form-data") && !equals_ignore_case("a", "ab"));

TEST(Ascii, EachByteIsOfAtMostOneKind) {
  for (int byte = -128; byte < 128; ++byte) {
    const char c = static_cast<char>(byte);
    EXPECT_LE(int{is_digit(c)} + int{is_upper(c)} + int{is_lower(c)} + int{is_space(c)}, 1) << byte;
    EXPECT_EQ(is_alphanumeric(c), is_digit(c) || is_upper(c) || is_lower(c)) << byte;
    EXPECT_EQ(to_lower(c) != c, is_upper(c)) << byte;
    EXPECT_FALSE(byte < 0 && (is_alphanumeric(c) || is_space(c))) << byte;
  }
}

TEST(Ascii, OnlyLettersOfAsciiAreLowered) {
  EXPECT_EQ(lowered("AZ[az]09_\xC3\x84"), "az[az]09_\xC3\x84");
  EXPECT_EQ(lowered(""), "");
}

TEST(Ascii, TrimmingMayLeaveNothing) {
  EXPECT_EQ(trimmed(" \n"), "");
  EXPECT_EQ(trimmed(""), "");
  EXPECT_EQ(trimmed("\xC2\xA0x"), "\xC2\xA0x") << "no-break space is not of ASCII";
}

}  // namespace
}  // namespace sluice
