// In which encoding text that is not UTF-8 is read: small tables in many languages
// (testdata/encodings.json), written by iconv. Files in memory.
#include "ingest/bytes/encoding_decision.h"

#include <gtest/gtest.h>
#include <iconv.h>

#include <iostream>
#include <map>
#include <memory>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "base/files.h"
#include "base/testing/memory_file.h"
#include "ingest/ingest_test_support.h"

namespace sluice::ingest {
namespace {

namespace json = boost::json;

/// `text` in another encoding; nothing where it cannot be.
std::optional<std::string> converted(std::string text, const std::string& from,
                                     const std::string& to) {
  const std::unique_ptr<void, int (*)(iconv_t)> converter(iconv_open(to.c_str(), from.c_str()),
                                                          iconv_close);
  std::string out(text.size() * 4 + 16, '\0');
  char* in = text.data();
  char* next = out.data();
  std::size_t in_left = text.size();
  std::size_t out_left = out.size();
  const std::size_t failed = static_cast<std::size_t>(-1);
  if (iconv(converter.get(), &in, &in_left, &next, &out_left) == failed) return std::nullopt;
  if (iconv(converter.get(), nullptr, nullptr, &next, &out_left) == failed) return std::nullopt;
  out.resize(out.size() - out_left);
  return out;
}

Result<EncodingDecision> decide(std::string_view bytes) {
  const fuzz::MemoryFile file(bytes);
  return decide_encoding(file.path(), {});
}

/// `sure`, `guess` or the error's code, and the name.
std::string said(std::string_view bytes) {
  const Result<EncodingDecision> found = decide(bytes);
  if (!found) return found.error().code.text();
  return (found->is_guess ? "guess " : "sure ") + found->name;
}

TEST(EncodingDecision, NoTextIsReadWronglyInSilence) {
  const json::value tests = json::parse(read_file(testdata() / "encodings.json").value());
  std::map<std::string, int> matrix;
  int all = 0;
  for (const json::value& test : tests.as_array()) {
    const std::string csv(test.at("csv").as_string());
    for (const json::value& name : test.at("encodings").as_array()) {
      const std::string encoding(name.as_string());
      const std::string title = std::string(test.at("text").as_string()) + " in " + encoding;
      // A sign that is missing there (the euro, in old ones) is left out of the text.
      std::string text = csv;
      if (const std::size_t euro = text.find(" €"); euro != text.npos && encoding == "cp850") {
        text.erase(euro, std::string(" €").size());
      }
      const auto bytes = converted(text, "utf-8", encoding);
      ASSERT_TRUE(bytes) << title;
      ++all;
      const Result<EncodingDecision> found = decide(*bytes);
      if (!found) {
        ++matrix["refused"];
        std::cout << "refused: " << title << ": " << found.error().detail << "\n";
        continue;
      }
      const bool is_right = converted(*bytes, found->name, "utf-8") == text;
      ++matrix[std::string(is_right ? "right" : "wrong") + (found->is_guess ? ", a guess" : "")];
      EXPECT_TRUE(is_right || found->is_guess) << title << " as " << found->name;
      if (!is_right) std::cout << "wrong, a guess: " << title << " as " << found->name << "\n";
      const std::string note = encoding_note(*found);
      EXPECT_EQ(note.find("guess") != note.npos, found->is_guess) << note;
      EXPECT_TRUE(!found->is_guess || note.find("The option encoding settles it.") != note.npos);
    }
  }
  for (const auto& [what, count] : matrix) std::cout << count << " " << what << "\n";
  EXPECT_EQ(matrix["wrong"], 0);
  EXPECT_EQ(matrix["refused"], 0);
  EXPECT_GE(matrix["right"] * 10, all * 6) << "sure of most";
  EXPECT_LE(matrix["wrong, a guess"] * 20, all);
}

TEST(EncodingDecision, WesternTextStaysWestern) {
  EXPECT_EQ(said("id,city\n1,Z\xFCrich\n2,Bern\n"), "sure iso-8859-1");
  EXPECT_EQ(said("name,n\ncaf\xE9,1\n"), "sure iso-8859-1");
  EXPECT_EQ(said("name\ncaf\xE9"), "sure iso-8859-1") << "a lone letter at the end";
  EXPECT_EQ(said("caf\xE9,na\xEFve\n"), "guess iso-8859-1");
  EXPECT_EQ(said("5 \x80,\x93q\x94\n"), "guess windows-1252") << "signs only";
  const std::string rows(400'000, 'a');
  EXPECT_EQ(said(rows + "\nZ\xFCrich\n" + rows), "sure iso-8859-1") << "one letter in a big file";
}

TEST(EncodingDecision, SaysWhatCameNextAndHowNear) {
  const Result<EncodingDecision> thin = decide("id,city\n1,Plze\xF2\n");
  ASSERT_TRUE(thin);
  EXPECT_TRUE(thin->is_guess);
  EXPECT_FALSE(thin->runner_up.empty());
  EXPECT_NE(thin->why.find("only 1 letter"), std::string::npos) << thin->why;
  EXPECT_NE(encoding_note(*thin).find("Next to it came " + thin->runner_up), std::string::npos);
}

TEST(EncodingDecision, DamagedUtf8IsNotAnotherEncoding) {
  const auto detail = [](std::string_view bytes) {
    const Result<EncodingDecision> found = decide(bytes);
    return found ? "read as " + found->name : found.error().detail;
  };
  EXPECT_EQ(detail("caf\xC3\xA9,\xE9,\n"),
            "Most of the file is UTF-8, but there is an invalid sequence at byte 7.");
  EXPECT_EQ(detail("caf\xE2\x82"), "The file ends within a UTF-8 sequence at byte 5.");
  EXPECT_EQ(detail("caf\xC3\xA9\nb\xE9\nb\xE9\n"),
            "Part of the file is UTF-8, but there is an invalid sequence at byte 8.");
  EXPECT_EQ(said("caf\xE9 \x81\x8D\x8F\x90\x9D\xFF\n"), "invalid_utf8") << "text of no encoding";
}

TEST(EncodingSurvey, PiecesOfAFileAreOneText) {
  // A Japanese letter, and a Latin one in UTF-8, over the border of two pieces.
  for (std::size_t before = (256U << 10) - 3; before <= (256U << 10); ++before) {
    std::string bytes(before - 1, 'a');
    bytes += ",\x93\xFA\x96{\n";
    const fuzz::MemoryFile file(bytes);
    const Result<EncodingSurvey> found = survey_encoding(file.path(), {});
    ASSERT_TRUE(found);
    EXPECT_EQ(found->bytes, bytes.size());
    EXPECT_NE(found->sample.find("\x93\xFA\x96{"), std::string::npos) << before;
    EXPECT_LT(found->sample.size(), 100U);
    const fuzz::MemoryFile utf8(std::string(before - 1, 'a') + "é\xFF");
    const Result<EncodingSurvey> mixed = survey_encoding(utf8.path(), {});
    ASSERT_TRUE(mixed);
    EXPECT_EQ(mixed->utf8_sequences, 1U);
    EXPECT_EQ(mixed->utf8_in_words, 1U);
    EXPECT_EQ(mixed->first_not_utf8, before + 1);
  }
}

}  // namespace
}  // namespace sluice::ingest
