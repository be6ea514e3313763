// Which lines of NDJSON are no records. Files in memory; no engine.
#include "ingest/json/json_lines.h"

#include <gtest/gtest.h>

#include "base/testing/memory_file.h"

namespace sluice::ingest {
namespace {

/// `line reason "raw" begin-end;` of each; or why there are none.
std::string wrong_in(std::string_view json, std::optional<std::int64_t> rejects_max = {}) {
  const fuzz::MemoryFile file(json);
  const auto found = find_wrong_lines(file.path(), rejects_max, {});
  if (!found) return found.error().code.text();
  if (!*found) return "cannot be told";
  std::string text;
  for (std::size_t i = 0; i < (*found)->rejects.size(); ++i) {
    const Reject& reject = (*found)->rejects[i];
    const ByteRange& range = (*found)->ranges[i];
    text += std::to_string(reject.line) + " " + reject.reason + " " + reject.raw + " " +
            std::to_string(range.begin) + "-" + std::to_string(range.end) + ";";
  }
  return text;
}

TEST(JsonLines, AWrongLineIsOneAmongRecords) {
  EXPECT_EQ(wrong_in("{\"a\":1}\nlisten 80\n{\"a\":2}\n"), "2 not_json listen 80 8-18;");
  EXPECT_EQ(wrong_in("{\"a\":1}\r\n\r\n[2]\r\n{\"a\":2}"), "3 not_an_object [2] 11-16;");
  EXPECT_EQ(wrong_in("{\"a\":1}\n5\n\"x\"\n{}\n{}\n"),
            "2 not_an_object 5 8-10;3 not_an_object \"x\" 10-14;");
  EXPECT_EQ(wrong_in("{\"a\":1}\n{\"a\":2"), "2 not_json {\"a\":2 8-14;") << "cut at the end";
  EXPECT_EQ(wrong_in("{\"a\":1}\n{\"a\":\n{\"a\":3}\n"), "2 not_json {\"a\": 8-14;");
  EXPECT_EQ(wrong_in("{\"a\":1} {\"a\":2}\n{\"a\":3},\n"), "2 not_json {\"a\":3}, 16-25;")
      << "of two records in a line nothing is wrong";
  EXPECT_EQ(wrong_in("\xEF\xBB\xBF# x\n{}\n"), "1 not_json # x 3-7;");
  EXPECT_EQ(wrong_in("{\"a\":NaN}\n{}\n"), "1 not_json {\"a\":NaN} 0-10;");
}

TEST(JsonLines, RecordsThatGoOverLinesAreNoLines) {
  EXPECT_EQ(wrong_in("{\n\"a\": 1\n}\nx\n{\n\"a\": 2\n}\n"), "cannot be told");
  EXPECT_EQ(wrong_in("{}\n{}\n{}\n{\"a\":\n1}\n"), "cannot be told");
  EXPECT_EQ(wrong_in("{\"a\": [\n{\"b\": 1},\n{\"b\": 2},\n{\"b\": 3}\n]}\n"), "cannot be told");
  EXPECT_EQ(wrong_in("{\"a\":1},\n{\"a\":2},\n{\"a\":3}\n"), "cannot be told")
      << "an array without its brackets";
  EXPECT_EQ(wrong_in("{'a':1}\n{'a':2}\n"), "cannot be told");
  EXPECT_EQ(wrong_in("{}\n{}\n" + std::string(2U << 20, 'x') + "\n{}\n"), "cannot be told");
}

TEST(JsonLines, TheLimitOfRejectsHolds) {
  EXPECT_EQ(wrong_in("{}\nx\n{}\n", 0), "rejects_too_many");
  std::string json;
  for (int i = 0; i < 1001; ++i) json += "{}\nx\n";
  EXPECT_EQ(wrong_in(json), "rejects_too_many");
  EXPECT_NE(wrong_in(json, 1001), "rejects_too_many");
}

/// Deep nesting, huge exponents and the like refuse the file; here they are right.
TEST(JsonLines, LimitsAreNotOfALine) {
  EXPECT_EQ(wrong_in("{\"a\":" + std::string(100, '[') + "\n{}\nx\n"), "3 not_json x 109-111;");
  EXPECT_EQ(wrong_in("{\"a\":1e99999999999}\nx\n"), "2 not_json x 20-22;");
}

}  // namespace
}  // namespace sluice::ingest
