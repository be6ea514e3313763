// UTF-16 without a mark, and with line ends of single bytes. Pure.
#include "ingest/bytes/utf16_text.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::ingest {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

std::string utf16(std::u16string_view text, bool is_little_endian) {
  std::string out;
  for (const char16_t unit : text) {
    const char low = static_cast<char>(unit & 0xFF);
    const char high = static_cast<char>(unit >> 8);
    out += is_little_endian ? low : high;
    out += is_little_endian ? high : low;
  }
  return out;
}

TEST(UnmarkedUtf16, IsFoundInWhateverScript) {
  for (const bool little : {true, false}) {
    const std::string_view name = little ? "utf-16le" : "utf-16be";
    for (const std::u16string_view text :
         {u"имя,город\nИван,Тверь\n"sv, u"姓名,城市\r\n张伟,上海\r\n"sv, u"ชื่อ;เมือง\n"sv,
          u"שם\tעיר\n"sv, u"名,𠮷野\n"sv, u"a,b\n1,2\n"sv}) {
      EXPECT_EQ(unmarked_utf16(utf16(text, little)), name);
      EXPECT_EQ(unmarked_utf16(utf16(text, little) + "x"), name) << "cut within a letter";
    }
  }
}

TEST(UnmarkedUtf16, OtherTextIsNot) {
  for (const std::string_view text :
       {"name,city\n1,Oslo\n"sv, "ab\0cdef,d\nefghijk\n"sv, "a\0b\0\0c,d\n"sv, "имя,город\n"sv,
        "\1\0\0\0\2\0\0\0\3\0,\0"sv, "\0\xD8,\0\n\0a\0"sv, ""sv}) {
    EXPECT_EQ(unmarked_utf16(text), "");
  }
}

/// `ok`, or what the error says from `there is` on; however the bytes are cut.
std::string said(const std::string& bytes, bool little) {
  std::string all;
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    Utf16LineEnds check(little);
    Result<void> done = check.feed(std::string_view(bytes).substr(0, cut));
    if (done) done = check.feed(std::string_view(bytes).substr(cut));
    if (done) done = check.finish();
    const std::string one = done ? "ok" : done.error().detail.substr(25);
    EXPECT_TRUE(cut == 0 || one == all) << cut;
    all = one;
  }
  return all;
}

TEST(Utf16LineEnds, OfSingleBytesAreRefusedWithTheirPlace) {
  const std::string at_14 = " there is a line end of a single byte at byte 14.";
  for (const bool little : {true, false}) {
    const std::string head = utf16(u"id,name", little);
    const std::string row = utf16(u"1,x", little);
    EXPECT_EQ(said(head + "\r\n" + row + "\r\n", little), at_14);
    EXPECT_EQ(said(head + "\n" + row + "\n" + row, little), at_14);
    EXPECT_EQ(said(head + "\r\n", little), at_14);
    EXPECT_EQ(said(head + utf16(u"\r\n", little) + row, little), "ok");
  }
  // A file that was opened as text: \n became \r\n of single bytes.
  EXPECT_EQ(said(utf16(u"id,name", true) + "\r\n"s + '\0' + utf16(u"1,x", true), true), at_14);
}

TEST(Utf16LineEnds, LettersThatLookLikeOneStay) {
  for (const bool little : {true, false}) {
    EXPECT_EQ(said(utf16(u"上,一ㄊ\nЊ,Ċ\n", little), little), "ok");
    EXPECT_EQ(said(utf16(u"ഊർജ്ജം,അഊ\n", little), little), "ok");
  }
}

}  // namespace
}  // namespace sluice::ingest
