// Tables against iconv, which they stand in for.
#include "ingest/bytes/single_byte_text.h"

#include <gtest/gtest.h>
#include <iconv.h>

#include <memory>
#include <set>
#include <string>

#include "ingest/bytes/encoding_candidates.h"

namespace sluice::ingest {
namespace {

std::string by_iconv(const std::string& encoding, std::string text) {
  const iconv_t raw = iconv_open("UTF-8", encoding.c_str());
  const std::unique_ptr<void, int (*)(iconv_t)> converter(raw, iconv_close);
  std::string out(text.size() * 4 + 16, '\0');
  char* in = text.data();
  char* to = out.data();
  std::size_t in_left = text.size();
  std::size_t out_left = out.size();
  const std::size_t converted = iconv(raw, &in, &in_left, &to, &out_left);
  iconv(raw, nullptr, nullptr, &to, &out_left);
  return converted == static_cast<std::size_t>(-1) ? "invalid"
                                                   : out.substr(0, out.size() - out_left);
}

/// Each byte behind each other one, as far as they mean something.
std::string pairs(const std::string& encoding) {
  std::string meant;
  for (int byte = 1; byte < 256; ++byte) {
    const std::string one(1, static_cast<char>(byte));
    if (by_iconv(encoding, one) != "invalid") meant += one;
  }
  std::string all;
  for (const char first : meant) {
    for (const char second : meant) all += {first, second};
  }
  return all;
}

TEST(SingleByteText, IsWhatIconvMakesOfAnyTwoBytes) {
  std::set<std::string> names = {"iso-8859-1", "koi8-r"};
  for (const EncodingCandidate& one : encoding_candidates()) names.emplace(one.name);
  std::size_t tables = 0;
  std::vector<char> buffer;
  for (const std::string& name : names) {
    const auto text = SingleByteText::of(name);
    if (!text) continue;
    ++tables;
    const std::string bytes = pairs(name);
    std::string_view left = bytes;
    EXPECT_TRUE(text->take(left, buffer) == by_iconv(name, bytes)) << name;
    EXPECT_EQ(left, "") << name;
    for (int byte = 0x80; byte < 256; ++byte) {
      const std::string one = std::string("ascii") + static_cast<char>(byte);
      left = one;
      text->take(left, buffer);
      EXPECT_EQ(left.empty(), by_iconv(name, one) != "invalid") << name << " " << byte;
    }
  }
  EXPECT_EQ(tables, 21);
}

TEST(SingleByteText, WhatIsNotOneLetterPerByteHasNoTable) {
  for (const char* name : {"windows-1255", "windows-1258", "cp932", "gb18030", "utf-8", "none"}) {
    EXPECT_FALSE(SingleByteText::of(name)) << name;
  }
}

TEST(SingleByteText, StopsBeforeAByteThatMeansNothing) {
  const auto text = SingleByteText::of("windows-1252");
  ASSERT_TRUE(text);
  std::vector<char> buffer;
  std::string_view left = "0123456789 caf\xE9 \x81 more";
  EXPECT_EQ(text->take(left, buffer), "0123456789 café ");
  EXPECT_EQ(left, "\x81 more");
}

}  // namespace
}  // namespace sluice::ingest
