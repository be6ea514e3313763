// JSON Schema and event streams, without a server. Pure.
#include "mcp/schema.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "mcp/sse.h"

namespace sluice::mcp {
namespace {

std::string problem(std::string_view value) {
  static const boost::json::object schema =
      boost::json::parse(R"({"type":"object","required":["sql"],
    "additionalProperties":false,"properties":{"sql":{"type":"string","maxLength":5},
    "limit":{"type":"integer","minimum":1,"maximum":10},"layer":{"enum":["bronze","silver"]},
    "names":{"type":"array","items":{"type":"string"}},"note":{"type":["string","null"]}}})")
          .as_object();
  return schema_problem(schema, boost::json::parse(value)).value_or("");
}

TEST(Schema, names_the_place) {
  EXPECT_EQ(problem(R"({"sql":"x","limit":3,"layer":"bronze","names":["a"],"note":null})"), "");
  EXPECT_EQ(problem(R"({"sql":"x","limit":3.0})"), "");
  EXPECT_EQ(problem(R"({})"), "arguments: \"sql\" is missing");
  EXPECT_EQ(problem(R"({"sql":1})"), "sql: must be of type string");
  EXPECT_EQ(problem(R"({"sql":"x","more":1})"), "arguments: \"more\" is not known");
  EXPECT_EQ(problem(R"({"sql":"x","limit":1.5})"), "limit: must be of type integer");
  EXPECT_EQ(problem(R"({"sql":"x","limit":11})"), "limit: must be at most 10");
  EXPECT_EQ(problem(R"({"sql":"x","layer":"gold"})"),
            "layer: must be one of [\"bronze\",\"silver\"]");
  EXPECT_EQ(problem(R"({"sql":"x","names":["a",2]})"), "names[1]: must be of type string");
  EXPECT_EQ(problem(R"({"sql":"123456"})"), "sql: is too long");
}

TEST(Sse, reads_events_in_any_pieces) {
  const std::string stream =
      ": alive\n\nevent: message\r\ndata: {\"a\":\r\ndata:1}\r\n\r\ndata: two\n\nid: 3\n\n";
  for (std::size_t size = 1; size <= stream.size(); ++size) {
    std::string seen;
    SseReader reader(100, [&](std::string_view data) -> Result<void> {
      seen += std::string(data) + "|";
      return {};
    });
    for (std::size_t at = 0; at < stream.size(); at += size) {
      EXPECT_TRUE(reader.feed(std::string_view(stream).substr(at, size)));
    }
    EXPECT_EQ(seen, "{\"a\":\n1}|two|");
  }
  SseReader small(10, [](std::string_view) -> Result<void> { return {}; });
  EXPECT_EQ(small.feed("data: 12345678").error().code, "mcp_answer_too_large");
}

}  // namespace
}  // namespace sluice::mcp
