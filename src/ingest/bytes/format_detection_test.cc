// What the first bytes say that a file is. Pure, and files in memory.
#include "ingest/bytes/format_detection.h"

#include <gtest/gtest.h>

namespace sluice::ingest {
namespace {

using namespace std::string_view_literals;

std::string format_of(std::string_view head, std::optional<Format> hint = {}) {
  const Result<Format> found = sniff_format(head, hint);
  return found ? std::string(name_of(*found)) : found.error().code.text();
}

TEST(SniffFormat, TheContentSaysWhatAFileIs) {
  EXPECT_EQ(format_of("PAR1\x15\x04"), "parquet");
  EXPECT_EQ(format_of("PARE"), "parquet") << "an encrypted one is told so by its reader";
  EXPECT_EQ(format_of("PK\x03\x04rest"sv), "excel");
  EXPECT_EQ(format_of("\xD0\xCF\x11\xE0rest"sv, Format::csv), "excel");
  EXPECT_EQ(format_of("\xEF\xBB\xBF \n\t[ \r\n {\"a\":1}]"), "json");
  for (const char* array : {"[1]", "[-1]", "[\"a\"]", "[true]", "[null]", "[[1]]"}) {
    EXPECT_EQ(format_of(array), "json") << "better told to be of the wrong shape: " << array;
  }
  EXPECT_EQ(format_of("{\"a\":1}\n{\"a\":2}"), "ndjson");
  EXPECT_EQ(format_of("{}"), "ndjson");
}

TEST(SniffFormat, TextThatOnlyLooksLikeAnother) {
  EXPECT_EQ(format_of("[name],[price]\n"), "csv");
  EXPECT_EQ(format_of("{id},{name}\n"), "csv");
  EXPECT_EQ(format_of("["), "csv");
  EXPECT_EQ(format_of("[", Format::json), "json");
  EXPECT_EQ(format_of("[1,2]\n", Format::csv), "csv") << "whoever sends it knows";
  EXPECT_EQ(format_of("id,name\n", Format::json), "json") << "to be refused as such";
  EXPECT_EQ(format_of("PAR,PAR1\n"), "csv");
  EXPECT_EQ(format_of("BZ,h\n"), "csv");
}

TEST(SniffFormat, WhatIsNoTableIsRefusedByName) {
  for (const std::string_view head :
       {"%PDF-1.7"sv, "SQLite format 3\0"sv, "Obj\x01"sv, "ARROW1\0\0"sv, "Rar!\x1A\x07"sv,
        "PK\x05\x06"sv, "LZIP\x01"sv, "<!DOCTYPE html>"sv, "\xEF\xBB\xBF\n <HTML>"sv,
        "<?xml version"sv, "<table border"sv}) {
    EXPECT_EQ(format_of(head), "unsupported_format") << head;
    EXPECT_EQ(format_of(head, Format::csv), "unsupported_format") << "whatever was said: " << head;
    EXPECT_FALSE(sniff_format(head, {}).error().remedy.empty());
  }
  EXPECT_EQ(format_of("null\n"), "json_not_an_array");
  EXPECT_EQ(format_of("\xEF\xBB\xBF\"a\\nb\""), "json_not_an_array");
  EXPECT_EQ(format_of("null\n", Format::csv), "csv") << "whoever sends it knows";
  EXPECT_EQ(format_of("\"a\"\n"), "csv") << "a header without rows";
  EXPECT_EQ(format_of(""), "no_columns");
  EXPECT_EQ(format_of("\xEF\xBB\xBF"), "no_columns");
  EXPECT_EQ(format_of(" \r\n\t\n", Format::csv), "no_columns");
}

TEST(SniffEncoding, MarksAndPatternsOfNul) {
  EXPECT_EQ(sniff_encoding("\xFF\xFE"
                           "a\0"sv),
            "utf-16le");
  EXPECT_EQ(sniff_encoding("\xFF\xFE\0\0"sv), "utf-32le");
  EXPECT_EQ(sniff_encoding("\0\0\xFE\xFF"sv), "utf-32be");
  EXPECT_EQ(sniff_encoding("\xFE\xFF\0a"sv), "utf-16be");
  EXPECT_EQ(sniff_encoding("a\0,\0"sv), "utf-16le");
  EXPECT_EQ(sniff_encoding("\0a\0,"sv), "utf-16be");
  EXPECT_EQ(sniff_encoding("a\0"sv), "utf-8") << "too little to tell";
  EXPECT_EQ(sniff_encoding("a\0\0b"sv), "utf-8") << "a NUL byte is refused by name then";
  EXPECT_EQ(sniff_encoding("a,b\n"), "utf-8");
  EXPECT_EQ(sniff_compression("\x1F\x8B\x08"), Compression::gzip);
  EXPECT_EQ(sniff_compression("\x28\xB5\x2F\xFD"), Compression::zstd);
  EXPECT_EQ(sniff_compression("\x1F"), Compression::none);
  EXPECT_EQ(sniff_compression("BZh91AY&SY"), Compression::bzip2);
  EXPECT_EQ(sniff_compression("BZh,1AY&SY,"), Compression::bzip2) << "no table goes on so";
  EXPECT_EQ(sniff_compression("BZh9,km\n"), Compression::none);
  EXPECT_EQ(sniff_compression("\xFD\x37zXZ\0\0\x04"sv), Compression::xz);
}

/// `ok`, or code and the byte that the error names.
std::string check(std::string_view text, std::size_t cut) {
  TextCheck check;
  Result<void> done = check.feed(text.substr(0, cut));
  if (done) done = check.feed(text.substr(cut));
  if (done) done = check.finish();
  if (done) return "ok";
  const std::string& detail = done.error().detail;
  const std::size_t at = detail.rfind("byte ");
  return done.error().code.text() + (at == detail.npos ? " at the end" : " " + detail.substr(at));
}

TEST(TextCheck, PiecesMayEndWithinASequence) {
  const std::pair<std::string_view, const char*> texts[] = {
      {"a,é€🚿\n"sv, "ok"},
      {"aé\xFFz"sv, "invalid_utf8 byte 3."},
      {"ab\0c"sv, "nul_byte byte 2."},
      {"\xC0\x80"sv, "invalid_utf8 byte 0."},
      {"a\xED\xA0\x80"sv, "invalid_utf8 byte 2."},
      {"a\xF4\x90\x80\x80"sv, "invalid_utf8 byte 2."},
      {"aé\xF0\x9F\x9A"sv, "invalid_utf8 at the end"},
  };
  for (const auto& [text, wanted] : texts) {
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
      const std::string said = check(text, cut);
      // Where a sequence begun in one piece proves wrong in the next, its place may be either.
      EXPECT_EQ(said.substr(0, said.find(' ')), std::string(wanted).substr(0, said.find(' ')))
          << text << " cut at " << cut;
      if (cut == 0 || cut == text.size()) {
        const bool at_end = std::string_view(wanted).ends_with("end");
        EXPECT_EQ(at_end ? said.substr(0, 12) : said, at_end ? "invalid_utf8" : wanted) << text;
      }
    }
  }
}

}  // namespace
}  // namespace sluice::ingest
