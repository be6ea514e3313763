// What is said about a preview between a worker and the process that serves: rows become part of an
// answer as they came, so that nothing but rows is taken.
#include "ingest/worker/preview_wire.h"

#include <gtest/gtest.h>

#include <functional>

#include "ingest/error_codes.h"

namespace sluice::ingest {
namespace {

Preview sound() {
  Preview preview;
  Ingested& ingested = preview.ingested;
  ingested.columns = {{"a", "A", "BIGINT", "digits"}, {"b", "b", "DECIMAL(9,2)", "given"}};
  ingested.row_count = 3;
  ingested.rows_rejected = 1;
  ingested.rows_read = 4;
  ingested.source_format = "csv";
  ingested.encoding = "utf-8";
  ingested.compression = "none";
  ingested.is_beginning = true;
  ingested.plan.columns = {
      {"a", "a", "BIGINT", lakehouse::medallion::Transform::keep, "", {}, "is right"}};
  preview.rows_json = R"([[1,1.10],["9007199254740993",null]])";
  preview.rejects_json = R"([{"line":7,"reason":"ragged_row","detail":"d","raw":"1,2,3"}])";
  return preview;
}

const PreviewOrder asked{{}, 2, 5};

TEST(PreviewWire, APreviewIsReadBack) {
  Preview preview = sound();
  preview.refusal = Error{Errc::unprocessable, Code::rejects_too_many, "Too many.", "Mend it."};
  const Result<Preview> read = decode_preview(encode(preview), asked);
  ASSERT_TRUE(read) << to_line(read.error());
  EXPECT_EQ(encode(*read), encode(preview));
  EXPECT_EQ(read->rows, 2);
  EXPECT_EQ(read->rows_json, preview.rows_json) << "digit for digit";
  EXPECT_TRUE(read->ingested.is_beginning);
}

TEST(PreviewWire, AnOrderIsReadBack) {
  PreviewOrder order{{}, 20, 7};
  order.ingest.options.delimiter = " ";
  order.ingest.is_beginning = true;
  order.ingest.text_bytes_max = 1 << 20;
  EXPECT_TRUE(is_preview_order(encode(order)));
  EXPECT_FALSE(is_ingest_order(encode(order)));
  EXPECT_EQ(encode(decode_preview_order(encode(order))), encode(order));
}

TEST(PreviewWire, NothingElseIsTaken) {
  const std::vector<std::pair<const char*, std::function<void(Preview&)>>> lies = {
      {"what goes on behind the rows", [](Preview& p) { p.rows_json = R"([[1,2]],"x":[)"; }},
      {"rows that are no array", [](Preview& p) { p.rows_json = R"({"a":1})"; }},
      {"a row of another width", [](Preview& p) { p.rows_json = "[[1]]"; }},
      {"more rows than were asked for", [](Preview& p) { p.rows_json = "[[1,2],[1,2],[1,2]]"; }},
      {"more rows than there are",
       [](Preview& p) {
         p.ingested.row_count = 1;
         p.ingested.rows_read = 2;
       }},
      {"rows that are no UTF-8", [](Preview& p) { p.rows_json = "[[\"\xff\",1]]"; }},
      {"rows without end",
       [](Preview& p) {
         p.rows_json = "[[\"" + std::string(preview_json_bytes_max, 'x') + "\",1]]";
       }},
      {"a reject of another shape", [](Preview& p) { p.rejects_json = R"([{"line":"7"}])"; }},
      {"rejects that nobody counted",
       [](Preview& p) {
         p.ingested.rows_rejected = 0;
         p.ingested.rows_read = 3;
       }},
      {"another refusal",
       [](Preview& p) {
         p.refusal = Error{Errc::internal, Code::exception, "x", {}};
       }},
      {"a table that no ingest makes", [](Preview& p) { p.ingested.columns[0].type = "HUGEINT"; }},
  };
  for (const auto& [what, lie] : lies) {
    Preview preview = sound();
    lie(preview);
    const Result<Preview> read = decode_preview(encode(preview), asked);
    ASSERT_FALSE(read) << what;
    EXPECT_EQ(read.error().code, "file_unreadable") << what;
  }
  for (const char* text : {"", "{}", "[]", "null", R"({"ingested":1,"rows":[],"rejects":"[]"})"}) {
    EXPECT_FALSE(decode_preview(text, asked)) << text;
  }
}

}  // namespace
}  // namespace sluice::ingest
