// Thrift's compact protocol, of bytes that nobody vouches for. Pure.
#include "ingest/parquet/thrift_compact.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::ingest {
namespace {

using namespace std::string_view_literals;

std::int64_t integer(std::string_view bytes, bool& ok) {
  ThriftReader in(bytes);
  const std::int64_t value = in.integer();
  ok = in.ok();
  return value;
}

TEST(ThriftCompact, IntegersReachTheirEnds) {
  bool ok = false;
  EXPECT_EQ(integer("\x00"sv, ok), 0);
  EXPECT_EQ(integer("\x01"sv, ok), -1);
  EXPECT_EQ(integer("\xFE\x01"sv, ok), 127);
  EXPECT_EQ(integer("\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"sv, ok), INT64_MAX);
  EXPECT_TRUE(ok);
  EXPECT_EQ(integer("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"sv, ok), INT64_MIN);
  EXPECT_TRUE(ok);
  EXPECT_EQ(integer("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"sv, ok), 0);
  EXPECT_FALSE(ok) << "of more than 64 bits";
  integer("\x80\x80"sv, ok);
  EXPECT_FALSE(ok);
}

TEST(ThriftCompact, WhatIsSaidToBeLongerThanAllThereIsIsNotRead) {
  for (const std::string_view bytes : {"\x05"
                                       "abcd"sv,
                                       "\xFF\xFF\xFF\xFF\x0F"
                                       "a"sv,
                                       ""sv}) {
    ThriftReader in(bytes);
    EXPECT_EQ(in.binary(), "");
    EXPECT_FALSE(in.ok());
    EXPECT_TRUE(in.cut_off());
  }
  ThriftReader list(
      "\xF5\xFF\xFF\xFF\xFF\x0F"
      "aa"sv);
  EXPECT_EQ(list.list().size, 0U);
  EXPECT_TRUE(list.cut_off());
  ThriftReader fits(
      "\x35"
      "abc"sv);
  EXPECT_EQ(fits.list().size, 3U);
  EXPECT_TRUE(fits.ok());
}

TEST(ThriftCompact, FieldsRiseAndEnd) {
  // Field 1 by a step, field 300 by its number, the end.
  ThriftReader in("\x15\x02\x05\xD8\x04\x04\x00rest"sv);
  int last = 0;
  EXPECT_EQ(in.next_field(last)->id, 1);
  EXPECT_EQ(in.integer(), 1);
  EXPECT_EQ(in.next_field(last)->id, 300);
  EXPECT_EQ(in.integer(), 2);
  EXPECT_FALSE(in.next_field(last));
  EXPECT_TRUE(in.ok());
  EXPECT_EQ(in.at(), 7U);
  for (const std::string_view bytes :
       {"\x05\x00\x02"sv, "\x05\x01\x02"sv, "\x05\xFE\xFF\x03\x02"sv, "\x05\x80\x80\x04\x02"sv}) {
    ThriftReader wrong(bytes);
    int none = 0;
    const auto field = wrong.next_field(none);
    EXPECT_EQ(field.has_value(), bytes[1] == '\xFE') << "32767 is the last id there is";
    EXPECT_EQ(wrong.ok(), field.has_value());
  }
  ThriftReader again("\x25\x02\x05\x04\x02"sv);
  last = 0;
  EXPECT_EQ(again.next_field(last)->id, 2);
  again.integer();
  EXPECT_FALSE(again.next_field(last)) << "a field that comes twice";
  EXPECT_FALSE(again.ok());
}

/// How many bytes are passed over; -1 at a fault.
int skipped(ThriftKind kind, std::string_view bytes) {
  ThriftReader in(bytes);
  in.skip(kind);
  return in.ok() ? static_cast<int>(in.at()) : -1;
}

TEST(ThriftCompact, ValuesArePassedOverWhole) {
  EXPECT_EQ(skipped(ThriftKind::boolean_true, "abc"), 0) << "its value is in the field's kind";
  EXPECT_EQ(skipped(ThriftKind::real, "12345678x"), 8);
  EXPECT_EQ(skipped(ThriftKind::real, "1234567"), -1);
  EXPECT_EQ(skipped(ThriftKind::list, "\x31\x01\x02\x01x"sv), 4) << "in a list it takes a byte";
  EXPECT_EQ(skipped(ThriftKind::map, "\x00x"sv), 1);
  EXPECT_EQ(skipped(ThriftKind::map, "\x02\x85\x01\x61\x02\x01\x62\x04x"sv), 8);
  EXPECT_EQ(skipped(ThriftKind::structure, "\x1C\x15\x02\x00\x18\x01z\x00x"sv), 8);
  EXPECT_EQ(skipped(static_cast<ThriftKind>(13), "abc"), -1);
  EXPECT_EQ(skipped(ThriftKind::stop, "abc"), -1);
  EXPECT_EQ(skipped(ThriftKind::map, "\x7F\x55"sv), -1) << "more entries than bytes";
  // Structures within each other: 64 deep and no deeper, in constant stack.
  for (const std::size_t depth : {63U, 64U, 1'000'000U}) {
    const std::string bytes = std::string(depth, '\x1C') + std::string(depth + 1, '\0');
    EXPECT_EQ(skipped(ThriftKind::structure, bytes), depth == 63 ? 127 : -1) << depth;
  }
}

}  // namespace
}  // namespace sluice::ingest
