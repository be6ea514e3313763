// What a user may say of a source, and for which formats. Pure.
#include "ingest/options.h"

#include <gtest/gtest.h>

namespace sluice::ingest {
namespace {

std::string refusal(const std::string& json) {
  const Result<IngestOptions> read = options_from_json(json);
  return read ? "taken" : read.error().code.text();
}

TEST(IngestOptions, WhatIsWrittenIsReadBack) {
  EXPECT_EQ(options_from_json("").value(), IngestOptions());
  EXPECT_EQ(to_json({}), "{}");
  for (const char* json : {R"({"delimiter":";","quote":"'"})",
                           R"({"quote":""})",
                           R"({"header":false})",
                           R"({"header":true,"header_line":3})",
                           R"({"quote":"'","escape":"\\"})",
                           R"({"escape":""})",
                           R"({"delimiter":"||"})",
                           R"({"delimiter":"\t|\t"})",
                           R"({"delimiter":"¦"})",
                           R"({"widths":[10,9,null]})",
                           R"({"widths":[3]})",
                           R"({"header_rows":2,"skip_footer":1000})",
                           R"({"header_rows":2,"pad_short_rows":false})",
                           R"({"encoding":"shift_jis"})",
                           R"({"sheet":"Q1 \"x\"","cell_range":"B3:F200"})",
                           R"({"decimal_mark":","})",
                           R"({"sheet":2})",
                           R"({"member":"d/a.csv"})",
                           R"({"records_path":"data.items"})",
                           R"({"records_path":"/a.b/c~1d"})",
                           R"({"date_format":"%d.%m.%Y %H:%M:%S"})",
                           R"({"null_tokens":["n/a","-",""]})",
                           R"({"null_tokens":[]})",
                           R"({"null_tokens":{"a b":[],"é":["-","?"]}})",
                           R"({"null_tokens":{"*":["-"],"a":[]}})",
                           R"j({"column_types":{"a b":"DECIMAL(9, 2)","é":"varchar"}})j",
                           R"({"rejects_max":0})"}) {
    const Result<IngestOptions> read = options_from_json(json);
    ASSERT_TRUE(read) << json << to_line(read.error());
    EXPECT_EQ(to_json(*read), json);
  }
  EXPECT_EQ(options_from_json(R"({"delimiter":"tab"})")->delimiter, "\t");
  EXPECT_EQ(options_from_json(R"({"delimiter":"\\t"})")->delimiter, "\t");
  EXPECT_EQ(options_from_json(R"({"delimiter":"\\t|\\t"})")->delimiter, "\t|\t");
  EXPECT_EQ(options_from_json(R"({"header":"auto"})").value(), IngestOptions());
}

TEST(IngestOptions, WhatCannotBeMeantIsRefused) {
  for (const char* json : {"[]",
                           "null",
                           "{",
                           R"({"delimiter":";;;;;;;;;"})",
                           R"({"delimiter":""})",
                           R"({"delimiter":"a\"b"})",
                           R"({"delimiter":"|\r\n"})",
                           R"({"delimiter":"\n"})",
                           R"({"delimiter":"\u0000"})",
                           R"({"delimiter":5})",
                           R"({"quote":"\r"})",
                           R"({"quote":";","delimiter":";"})",
                           R"({"escape":";","delimiter":";"})",
                           R"({"escape":"\""})",
                           R"({"escape":"|","delimiter":"~|~"})",
                           R"({"widths":[]})",
                           R"({"widths":3})",
                           R"({"widths":[0]})",
                           R"({"widths":[-1]})",
                           R"({"widths":[null,3]})",
                           R"({"widths":[1000001]})",
                           R"({"widths":["3"]})",
                           R"({"widths":[3],"delimiter":";"})",
                           R"({"widths":[3],"quote":"'"})",
                           R"({"widths":[3],"pad_short_rows":true})",
                           R"({"skip_footer":-1})",
                           R"({"skip_footer":1001})",
                           R"({"skip_footer":"1"})",
                           R"({"pad_short_rows":"yes"})",
                           R"({"header_rows":3})",
                           R"({"header":"yes"})",
                           R"({"header":1})",
                           R"({"header_line":0})",
                           R"({"header_line":1.5})",
                           R"({"header_line":"3"})",
                           R"({"header_line":18446744073709551615})",
                           R"({"sheet":0})",
                           R"({"sheet":1.5})",
                           R"({"records_path":""})",
                           R"({"records_path":"a..b"})",
                           R"({"records_path":"/"})",
                           R"({"records_path":"a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a"})",
                           R"({"records_path":["data"]})",
                           R"({"decimal_mark":";"})",
                           R"({"date_format":"%d.%m"})",
                           R"({"date_format":"%d.%m.%Y %Z"})",
                           R"({"date_format":"%d.%m.%Y%"})",
                           R"({"null_tokens":"-"})",
                           R"({"null_tokens":[1]})",
                           R"({"null_tokens":["\u0000"]})",
                           R"({"null_tokens":{"a":"-"}})",
                           R"({"null_tokens":{"a":[1]}})",
                           R"({"null_tokens":{"a":{"b":["-"]}}})",
                           R"({"column_types":["DATE"]})",
                           R"j({"column_types":{"a":"DECIMAL(39,0)"}})j",
                           R"j({"column_types":{"a":"DECIMAL(9,10)"}})j",
                           R"({"column_types":{"a":"BIGINT[]"}})",
                           R"j({"column_types":{"a":"DECIMAL(9,2) --"}})j",
                           R"({"rejects_max":-1})"}) {
    EXPECT_EQ(refusal(json), "option_invalid") << json;
  }
  EXPECT_EQ(refusal(R"({"delimeter":";"})"), "option_unknown");
  EXPECT_EQ(refusal(R"({"encoding":")" + std::string(1025, 'x') + R"("})"), "option_invalid");
  std::string tokens = "\"x\"";
  for (int i = 1; i < 100; ++i) tokens += ",\"x\"";
  EXPECT_EQ(refusal("{\"null_tokens\":[" + tokens + "]}"), "taken");
  EXPECT_EQ(refusal("{\"null_tokens\":[" + tokens + ",\"x\"]}"), "option_invalid");
}

TEST(IngestOptions, NullTokensOfAColumnStandInPlaceOfThoseOfAll) {
  const IngestOptions options =
      options_from_json(R"({"null_tokens":{"*":["-"],"a":[],"b":["?"]}})").value();
  using Tokens = std::vector<std::string>;
  EXPECT_EQ(*options.null_tokens_of("a"), Tokens{});
  EXPECT_EQ(*options.null_tokens_of("b"), Tokens{"?"});
  EXPECT_EQ(*options.null_tokens_of("c"), Tokens{"-"});
  EXPECT_EQ(*options.null_tokens_of("*"), Tokens{"-"});
  EXPECT_EQ(IngestOptions().null_tokens_of("a"), nullptr);
  EXPECT_EQ(options_from_json(R"({"null_tokens":{}})").value(), IngestOptions());
  const IngestOptions one = options_from_json(R"({"null_tokens":{"a":[]}})").value();
  EXPECT_EQ(one.null_tokens_of("b"), nullptr);
}

/// The schema Options of the description says the same.
TEST(IngestOptions, EachSaysSomethingAboutItsFormatsOnly) {
  const std::tuple<const char*, std::vector<std::string>> options[] = {
      {R"({"delimiter":";"})", {"csv"}},
      {R"({"widths":[3,null]})", {"csv"}},
      {R"({"skip_footer":2})", {"csv", "excel"}},
      {R"({"quote":""})", {"csv"}},
      {R"({"escape":"^"})", {"csv"}},
      {R"({"pad_short_rows":true})", {"csv"}},
      {R"({"header_rows":2})", {"csv", "excel"}},
      {R"({"header":true})", {"csv", "excel"}},
      {R"({"header_line":2})", {"csv", "excel"}},
      {R"({"decimal_mark":","})", {"csv", "excel"}},
      {R"({"column_types":{"a":"DATE"}})", {"csv", "excel"}},
      {R"({"sheet":"1"})", {"excel"}},
      {R"({"sheet":2})", {"excel"}},
      {R"({"cell_range":"A1:B2"})", {"excel"}},
      {R"({"records_path":"data"})", {"json", "ndjson"}},
      {R"({"encoding":"utf-16le"})", {"csv", "json", "ndjson"}},
      {R"({"date_format":"%d.%m.%Y"})", {"csv", "excel", "json", "ndjson"}},
      {R"({"null_tokens":["-"]})", {"csv", "excel", "json", "ndjson", "parquet"}},
      {R"({"null_tokens":{"a":[]}})", {"csv", "excel", "json", "ndjson", "parquet"}},
      {R"({"member":"a.csv"})", {"csv", "excel", "json", "ndjson", "parquet"}},
      {R"({"rejects_max":5})", {"csv", "excel", "json", "ndjson", "parquet"}},
  };
  for (const auto& [json, formats] : options) {
    for (const std::string format : {"csv", "excel", "json", "ndjson", "parquet"}) {
      const Result<void> used = check_used(options_from_json(json).value(), format);
      const bool wanted = std::find(formats.begin(), formats.end(), format) != formats.end();
      EXPECT_EQ(used.has_value(), wanted) << json << " for " << format;
      EXPECT_TRUE(used || used.error().code == "option_unused");
    }
  }
}

}  // namespace
}  // namespace sluice::ingest
