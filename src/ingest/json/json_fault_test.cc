// What is wrong in a text that is nearly JSON, by name and place.
#include "ingest/json/json_fault.h"

#include <gtest/gtest.h>

#include "base/testing/memory_file.h"
#include "ingest/error_codes.h"
#include "ingest/json/json_lines.h"
#include "ingest/json/json_reader.h"

namespace sluice::ingest {
namespace {

class Nothing final : public JsonSink {
 public:
  std::optional<Error> cell(std::size_t, JsonKind, std::string_view) override { return {}; }
  Result<void> end_record() override { return {}; }
};

Error error_of(std::string_view json) {
  const fuzz::MemoryFile file(json);
  JsonKeys keys;
  Nothing sink;
  const Format format = json.starts_with('[') ? Format::json : Format::ndjson;
  const Result<JsonFields> done = read_json(file.path(), format, keys, sink, {});
  return done ? Error{} : done.error();
}

TEST(JsonFault, HasItsNameAndItsByte) {
  struct Case {
    std::string_view json;
    std::string_view name;
    int byte;
    std::string_view remedy;
  };
  const Case cases[] = {
      {R"([{"a":NaN}])", "NaN is no value of JSON", 6, "null"},
      {R"([{"a":-Infinity}])", "-Infinity is no value", 7, "allow_nan=False"},
      {R"([{"a":[1,inf]}])", "inf is no value", 9, "null"},
      {R"([{"a":nan}])", "nan is no value", 6, "null"},
      {R"([{"a":None}])", "None is Python's word", 6, "json.dumps"},
      {R"([{"a":True}])", "True is Python's word", 6, "json.dumps"},
      {R"([{"a":FALSE}])", "FALSE is not in small letters", 6, "false"},
      {R"([{"a":undefined}])", "undefined is JavaScript's", 6, "JSON.stringify"},
      {R"([{"a":NA}])", "NA is no value", 6, "null"},
      {R"([{"a":1},])", "comma behind the last value of an array", 9, "comma out"},
      {R"([{"a":1,}])", "comma behind the last member of an object", 8, "comma out"},
      {R"([{"a":'x'}])", "a text stands in single quotes", 6, "json.dumps"},
      {R"([{"a":1,'b':2}])", "a key stands in single quotes", 8, "json.dumps"},
      {"[{\"a\":\u201Cx\u201D}]", "typographic quotes", 6, "straight"},
      {R"([{"a":1}, // x)", "a comment", 10, "comments out"},
      {R"([{"a":1 /* x */}])", "a comment", 8, "comments out"},
      {R"([{"a":1, # x)", "a comment", 9, "comments out"},
      {R"([{"a":1,b:2}])", "the key 'b' has no quotes", 8, "JSON.stringify"},
      {R"([{"a":1,2:2}])", "the key '2' has no quotes", 8, "JSON.stringify"},
      {R"([{"a":ObjectId("x")}])", "a call, ObjectId(…)", 6, "mongoexport"},
      {R"([{"a":(1,2)}])", "a tuple", 6, "json.dumps"},
      {R"([{"a":x}])", "'x' has no quotes", 6, "in quotes"},
      {R"([{"a":007}])", "'007' begins with 0", 7, R"("007")"},
      {R"([{"a":+1}])", "'+1' has a plus sign", 6, "Leave"},
      {R"([{"a":.5}])", "'.5' has no digit before its point", 6, "0 before"},
      {R"([{"a":1.}])", "'1.' has a point without a digit", 8, "0 behind"},
      {R"([{"a":0x1F}])", "'0x1F' is hexadecimal", 7, "base 10"},
      {R"([{"a":2024-01-31}])", "'2024-01-31' is no number", 10, "in quotes"},
      {R"([{"a":,"b":1}])", "a value is missing", 6, "null"},
      {R"([{"a" 1}])", "a key has no colon", 6, "\"key\": value"},
      {R"([{"a"=>1}])", "= or =>", 5, "colon"},
      {R"([{"a":1 "b":2}])", "a comma or a bracket is missing before '\"'", 8, "before it"},
      {R"([{"a":1] )", "] stands where an object ends", 7, "}"},
      {"[{\"a\":\"x\n\"}]", "a text goes over the end of its line", 8, "\\n"},
      {"[{\"a\":\"x\ty\"}]", "a text holds a tab", 8, "\\t"},
      {"[{\"a\":\"x\x01\"}]", "a control character", 8, "\\u00XX"},
      {R"([{"a":"C:\data"}])", "a backslash before 'd'", 10, "C:\\\\data"},
      {"{\"a\":1},\n{\"a\":2}", "a comma between records that are no array", 7, "Put ["},
      {"{\"a\":1}\n# x\n{\"a\":2}", "a comment", 8, "comments out"},
  };
  for (const Case& one : cases) {
    const Error error = error_of(one.json);
    EXPECT_EQ(error.code, Code::json_syntax) << one.json;
    EXPECT_TRUE(error.detail.starts_with("Not JSON: ")) << one.json << ": " << error.detail;
    EXPECT_NE(error.detail.find(one.name), std::string::npos) << one.json << ": " << error.detail;
    EXPECT_NE(error.detail.find("byte " + std::to_string(one.byte) + ")."), std::string::npos)
        << one.json << ": " << error.detail;
    EXPECT_NE(error.remedy.find(one.remedy), std::string::npos) << one.json << ": " << error.remedy;
  }
}

TEST(JsonFault, ADocumentThatIsCutSaysWhatIsOpen) {
  EXPECT_EQ(error_of(R"([{"a":1},{"a":)").detail,
            "The JSON ends too early, at byte 14, with 2 brackets open.");
  EXPECT_EQ(error_of(R"([{"a":"x)").detail, "The JSON ends too early, at byte 8, within a text.");
  EXPECT_EQ(error_of("[").detail, "The JSON ends too early, at byte 1, with 1 bracket open.");
}

/// The fault is sought from the document's own beginning, whatever stands before it.
TEST(JsonFault, InALaterDocument) {
  const Error error = error_of("{\"a\":\"[{\\\"\"}\n{\"b\":[1,NaN]}\n");
  EXPECT_NE(error.detail.find("NaN is no value of JSON (line 2, byte 21)"), std::string::npos)
      << error.detail;
  EXPECT_NE(error.remedy.find("each record is a line"), std::string::npos) << error.remedy;
}

TEST(JsonFault, OfAWrongLine) {
  const fuzz::MemoryFile file("{\"a\":1}\n{\"a\":1} {\"a\":NaN}\nlisten on 80\n{}\n{}\n");
  const auto found = find_wrong_lines(file.path(), {}, {});
  ASSERT_TRUE(found);
  ASSERT_TRUE(*found);
  const std::vector<Reject>& rejects = (*found)->rejects;
  ASSERT_EQ(rejects.size(), 2U);
  EXPECT_EQ(rejects[0].detail,
            "The line is not JSON: NaN is no value of JSON (byte 13 of the line).");
  EXPECT_EQ(rejects[1].detail, "The line is not JSON: syntax error (byte 0 of the line).");
}

TEST(JsonFault, WhatHasNoNameIsNotGivenOne) {
  JsonPosition position;
  EXPECT_FALSE(name_fault(position, ""));
  EXPECT_FALSE(name_fault(position, "listen on 80"));
  position.feed("{\"a\":");
  EXPECT_FALSE(name_fault(position, "@"));
}

}  // namespace
}  // namespace sluice::ingest
