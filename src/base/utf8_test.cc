// Pure.
#include "base/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice {
namespace {

TEST(Utf8, TakesWhatIsWellFormed) {
  for (const char* text : {"", "abc", "é", "€", "\U0001F600", "\xEF\xBF\xBF", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
  }
  EXPECT_TRUE(is_utf8(std::string("a\0b", 3)));
}

TEST(Utf8, RefusesWhatIsNot) {
  for (const char* text :
       {"\x80", "a\xFF", "\xC0\xAF", "\xC3", "\xE2\x82", "\xE0\x80\xAF", "\xED\xA0\x80",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xC3\x28", "\xF0\x9F\x98"}) {
    EXPECT_FALSE(is_utf8(text)) << text;
  }
}

TEST(Utf8, InPiecesItIsTheSameWhereverTheyAreCut) {
  const std::string good = "plain ascii, eight and more é € \U0001F600 end";
  const std::string bad = good + "\xED\xA0\x80";
  for (std::size_t cut = 0; cut <= good.size(); ++cut) {
    Utf8Check check;
    EXPECT_EQ(check.feed(good.substr(0, cut)), std::string::npos);
    EXPECT_EQ(check.is_within_character(), !is_utf8(good.substr(0, cut))) << cut;
    EXPECT_EQ(check.feed(good.substr(cut)), std::string::npos) << cut;
    EXPECT_FALSE(check.is_within_character());

    Utf8Check finds;
    EXPECT_EQ(finds.feed(bad.substr(0, cut)), std::string::npos);
    EXPECT_EQ(finds.feed(bad.substr(cut)), good.size() + 1 - cut) << "its second byte";
  }
}

TEST(Utf8, MarksWhatIsNot) {
  EXPECT_EQ(as_utf8("a\xC3\xA9\xAA"
                    "b\xE2\x82"),
            "a\xC3\xA9?b??");
  EXPECT_EQ(as_utf8(""), "");
}

}  // namespace
}  // namespace sluice
