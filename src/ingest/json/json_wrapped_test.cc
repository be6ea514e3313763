// Records within an object, read by their path; and what is said of an object that may be a table.
#include "ingest/json/json_wrapped.h"

#include <gtest/gtest.h>

#include "base/testing/memory_file.h"

namespace sluice::ingest {
namespace {

/// Cells as `column=text` with `;` behind each record.
class Cells final : public JsonSink {
 public:
  explicit Cells(const JsonKeys& keys) : keys_(keys) {}
  std::optional<Error> cell(std::size_t column, JsonKind kind, std::string_view text) override {
    first_.cell(column, kind, text);
    text_ += keys_.names()[column] + "=" + std::string(text) + " ";
    return {};
  }
  Result<void> end_record() override {
    if (!text_.empty() && text_.back() == ' ') text_.pop_back();
    text_ += ';';
    return {};
  }
  const std::string& text() const { return text_; }
  const FirstRecord& first() const { return first_; }

 private:
  const JsonKeys& keys_;
  std::string text_;
  FirstRecord first_;
};

/// The cells, or the error's code and detail.
std::string read(std::string_view json, const std::string& path) {
  const fuzz::MemoryFile file(json);
  JsonKeys keys;
  Cells cells(keys);
  const Result<JsonFields> done =
      read_json(file.path(), Format::ndjson, keys, cells, {}, nullptr, parse_records_path(path));
  if (!done) return done.error().code.text() + ": " + done.error().detail + done.error().remedy;
  std::string beside;
  for (const std::string& key : done->beside) beside += " -" + key;
  return cells.text() + beside;
}

std::string note(std::string_view json) {
  const fuzz::MemoryFile file(json);
  JsonKeys keys;
  Cells cells(keys);
  if (!read_json(file.path(), Format::ndjson, keys, cells, {})) return "not read";
  return cells.first().note(keys.names()).value_or("");
}

TEST(RecordsPath, TheArrayThere) {
  EXPECT_EQ(read(R"({"n":{"data":[{"x":1}]},"data":[{"a":1},{"a":[2]}],"z":[[1],{}]})", "data"),
            "a=1;a=[2]; -n -z");
  EXPECT_EQ(read(R"({"r":{"data":3,"items":[{"data":1}],"q":"t"}})", "r.items"),
            "data=1; -data -q");
  EXPECT_EQ(read(R"({"a.b":{"c/d":[{"x":1}]}})", "/a.b/c~1d"), "x=1;");
  EXPECT_EQ(read("{\"data\":[{\"a\":1}]}\n{\"data\":null}\n{\"data\":[{\"a\":2}]}", "data"),
            "a=1;a=2;")
      << "one page of a service behind another";
  EXPECT_EQ(read(R"({"data":[]})", "data"), "");
}

TEST(RecordsPath, WhatIsNotThereIsSaid) {
  EXPECT_EQ(read(R"({"rows":[{"a":1}],"n":1})", "data"),
            "json_records_path: There is no array of records at the path that records_path "
            "names.There are the keys 'rows', 'n'.");
  for (const auto& [json, path] :
       {std::pair(R"({"data":{"a":1}})", "data"), std::pair(R"({"data":"x"})", "data"),
        std::pair(R"({"data":[{"a":1}]})", "data.items"), std::pair(R"([{"a":1}])", "data"),
        std::pair("5 ", "data"), std::pair(R"({"data":5})", "data.items")}) {
    EXPECT_TRUE(read(json, path).starts_with("json_records_path: ")) << json << read(json, path);
  }
  EXPECT_TRUE(read(R"({"data":[1]})", "data").starts_with("json_record_not_object"));
  EXPECT_TRUE(read(R"({"data":[],"data":[]})", "data").starts_with("json_duplicate_key"));
  EXPECT_TRUE(read(R"({"data":[{"a":1,"a":2}]})", "data").starts_with("json_duplicate_key"));
}

TEST(RecordsPath, ItsText) {
  EXPECT_EQ(parse_records_path("a.b"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(parse_records_path("$.a.b"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(parse_records_path("/$/a"), (std::vector<std::string>{"$", "a"}));
  EXPECT_EQ(parse_records_path("/a.b/~0~1"), (std::vector<std::string>{"a.b", "~/"}));
  for (const char* none : {"", ".", "a.", "/", "/a//b"}) {
    EXPECT_TRUE(parse_records_path(none).empty()) << none;
  }
}

TEST(FirstRecord, ATableByColumns) {
  EXPECT_NE(note(R"({"id":{"0":1,"1":2},"v":{"0":3,"1":4}})").find("by columns"),
            std::string::npos);
  EXPECT_NE(note(R"({"id":[1,2],"v":[3,4]})").find("by columns"), std::string::npos);
  EXPECT_NE(note(R"({"columns":["a"],"index":[0],"data":[[1]]})").find("'data'"),
            std::string::npos);
}

TEST(FirstRecord, OneThatIsARecordIsNothingToSay) {
  for (const char* json :
       {R"({"id":1,"tags":["a","b"]})", R"({"id":1,"at":{"x":1,"y":2}})",
        R"({"a":{"x":1},"b":{"y":2}})", R"({"a":[1,2],"b":[1]})", R"({"a":1})",
        R"({"a":[],"b":[],"c":[],"d":[]})", R"({"a":["x"],"b":[1,2],"c":[true],"d":[null]})",
        R"({"id":1,"home":{"town":"Rome","zip":1},"work":{"town":"Oslo","zip":2}})"}) {
    EXPECT_EQ(note(json), "") << json;
  }
}

TEST(FirstRecord, RecordsUnderKeysAreNoColumns) {
  for (const char* json : {R"({"u1":{"town":"Rome","age":3},"u2":{"town":"Oslo","age":4}})",
                           R"({"a":{"x":1,"y":"k"},"b":{"x":2,"y":[1]},"c":{"x":3}})",
                           R"({"u1":{"at":{"x":1},"n":1},"u2":{"at":{"x":2},"n":2}})"}) {
    const std::string said = note(json);
    EXPECT_NE(said.find("a guess: it looks like records under keys of their own. Write"),
              std::string::npos)
        << said;
  }
  EXPECT_NE(note(R"({"data":{"u1":{"town":"Rome","age":3},"u2":{"town":"Oslo","age":4}}})")
                .find("records under keys of their own at 'data'"),
            std::string::npos);
  EXPECT_NE(note(R"({"age":{"u1":3,"u2":null},"height":{"u1":1.5,"u2":2}})").find("by columns"),
            std::string::npos);
}

TEST(FirstRecord, ListsUnderKeys) {
  for (const char* json : {R"({"10-1":[1.5,2],"10-2":[3],"10-3":[4,null],"10-4":[]})",
                           R"({"a":[[1],[2]],"b":[[1]],"c":[[]],"d":[[2],[3]]})",
                           R"({"a":[1,2],"b":[3,4],"c":[5,6],"d":[7,8]})"}) {
    EXPECT_NE(note(json).find("lists under keys of their own. Write records"), std::string::npos)
        << json << note(json);
  }
  EXPECT_NE(note(R"({"a":[1,2,3,4],"b":[3,4,5,6],"c":[5,6,7,8],"d":[7,8,9,0]})").find("by columns"),
            std::string::npos);
}

}  // namespace
}  // namespace sluice::ingest
