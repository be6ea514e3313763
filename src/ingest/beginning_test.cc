// A file of which only the beginning is there: wherever it is cut, the rows are those of the whole
// file that end before the cut, and the row that is cut is no reject.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/files.h"
#include "ingest/error_codes.h"
#include "ingest/ingest_test_support.h"
#include "ingest/testing/gzipped.h"

namespace sluice::ingest {
namespace {

std::string utf16(const std::string& ascii) {
  std::string text = "\xFF\xFE";
  for (const char c : ascii) text += {c, '\0'};
  return text;
}

class Beginning : public Ingest {
 protected:
  /// The rows of the first `bytes` of a file; nothing where there is no whole one. `read_`: what
  /// was said of it.
  std::optional<Rows> rows_of(const std::string& bytes, const std::string& options = "") {
    IngestRequest request = request_for(write("source", bytes));
    request.is_beginning = true;
    request.text_bytes_max = text_bytes_max_;
    request.options = options_from_json(options).value();
    const Result<Ingested> done = ingest_file(request);
    if (!done) {
      EXPECT_EQ(done.error().code, Code::beginning_too_short) << to_line(done.error());
      return std::nullopt;
    }
    read_ = *done;
    Rows rows = read_back(done->columns);
    fs::remove(folder_ / "out.parquet");
    fs::remove(folder_ / "rejects.parquet");
    return rows;
  }

  /// Cuts `head` and then rows after each byte, from that on at which all of `certain` rows are
  /// there.
  void expect_whole_rows_only(const std::string& head, const std::vector<std::string>& rows,
                              const Rows& values, std::size_t certain,
                              const std::string& options = "") {
    std::string text = head;
    std::vector<std::size_t> ends;
    for (const std::string& row : rows) ends.push_back((text += row).size());
    for (std::size_t cut = ends[certain - 1]; cut <= text.size(); ++cut) {
      SCOPED_TRACE(text.substr(0, cut));
      const auto whole = static_cast<std::ptrdiff_t>(
          std::ranges::count_if(ends, [cut](std::size_t end) { return end <= cut; }));
      const std::optional<Rows> found = rows_of(text.substr(0, cut), options);
      ASSERT_TRUE(found);
      EXPECT_EQ(*found, Rows(values.begin(), values.begin() + whole));
      EXPECT_EQ(read_.rows_rejected, 0);
      EXPECT_TRUE(read_.is_beginning);
    }
  }

  std::optional<std::uint64_t> text_bytes_max_;
  Ingested read_;
};

TEST_F(Beginning, OfACsvWhateverTheCutHits) {
  expect_whole_rows_only("id,text,n\r\n",
                         {"1,plain,10\r\n", "2,\"with \"\"quotes\"\", and\r\na line\",20\r\n",
                          "3,Größe €,30\r\n", "4,\"last\",40\r\n"},
                         {{"1", "plain", "10"},
                          {"2", "with \"quotes\", and\r\na line", "20"},
                          {"3", "Größe €", "30"},
                          {"4", "last", "40"}},
                         1, R"({"header": true, "delimiter": ","})");
}

TEST_F(Beginning, OfJsonLinesAndOfAnArray) {
  const Rows values = {{"1", "a"}, {"2", "}\"é"}, {"3", "c"}};
  expect_whole_rows_only(
      "",
      {R"({"id": 1, "t": "a"})", "\n{\"id\": 2, \"t\": \"}\\\"é\"}", "\n{\"id\": 3, \"t\": \"c\"}"},
      values, 1);
  expect_whole_rows_only(
      "[",
      {R"({"id": 1, "t": "a"})", ",\n{\"id\": 2, \"t\": \"}\\\"é\"}", ",{\"id\": 3, \"t\": \"c\"}"},
      values, 1);
}

/// The keys and the kinds of a record that is cut are not those of the table.
TEST_F(Beginning, ARecordThatIsCutAddsNoColumn) {
  const std::optional<Rows> rows = rows_of("{\"a\": 1}\n{\"a\": 2, \"b\": {\"c\": 3}, \"d\"");
  ASSERT_TRUE(rows);
  EXPECT_EQ(*rows, (Rows{{"1"}}));
  EXPECT_EQ(
      rows_of(R"({"n": 2, "items": [{"a": 1}, {"a": 2}, {"a")", R"({"records_path": "items"})"),
      (Rows{{"1"}, {"2"}}));
  EXPECT_EQ(rows_of(R"({"n": 2, "items": [{"a": 1}, {"a": 2}, {"a")"), (Rows{{"1"}, {"2"}}));
  EXPECT_FALSE(rows_of(R"({"n": 2, "items": [{"a": 1)"));
  EXPECT_FALSE(rows_of("a,b,c"));
}

TEST_F(Beginning, OfPackedText) {
  std::string text = "id,square\n";
  for (int i = 0; i < 50'000; ++i) text += std::to_string(i) + "," + std::to_string(i * i) + "\n";
  const std::string packed = gzipped(text);
  for (const std::size_t cut : {packed.size() / 3, packed.size() / 2, packed.size() - 1}) {
    const std::optional<Rows> rows = rows_of(packed.substr(0, cut));
    ASSERT_TRUE(rows);
    EXPECT_GT(rows->size(), 5'000U);
    EXPECT_LT(rows->size(), 50'001U);
    EXPECT_EQ(rows->at(4'999)[0], "4999");
    EXPECT_EQ(read_.rows_rejected, 0);
  }
  // As much as is asked for, of a file that is whole.
  text_bytes_max_ = 1000;
  const std::optional<Rows> rows = rows_of(packed);
  ASSERT_TRUE(rows);
  EXPECT_EQ(rows->size(),
            static_cast<std::size_t>(std::count(text.begin(), text.begin() + 1000, '\n') - 1));
  EXPECT_TRUE(read_.is_beginning);
}

TEST_F(Beginning, OfUtf16CutWithinACharacter) {
  const std::string text = utf16("id,t\n1,a\n2,b\n3,c\n");
  EXPECT_EQ(rows_of(text.substr(0, text.size() - 5)), (Rows{{"1", "a"}, {"2", "b"}}));
}

/// An unclosed quote is a row that is cut; one far above is a stray one, and the rows below it are
/// rows.
TEST_F(Beginning, AStrayQuoteFarAboveHidesNothing) {
  std::string text = "id,t\n1,\"never closed\n";
  for (int i = 2; i < 20'000; ++i) text += std::to_string(i) + ",text\n";
  const std::optional<Rows> rows = rows_of(text + "20000,te", R"({"delimiter": ","})");
  ASSERT_TRUE(rows);
  EXPECT_EQ(rows->size(), 19'998U);
  EXPECT_EQ(read_.rows_rejected, 1);
}

TEST_F(Beginning, WhatIsReadAsAWholeSaysSo) {
  for (const char* name : {"excel/corners.xls", "encrypted.parquet"}) {
    IngestRequest request = request_for(testdata() / name);
    request.is_beginning = true;
    const Result<Ingested> done = ingest_file(request);
    ASSERT_FALSE(done) << name;
    EXPECT_EQ(done.error().code, Code::whole_file_needed) << name;
    expect_nothing_left();
    request.is_beginning = false;
    request.text_bytes_max = 10;
    const Result<Ingested> whole = ingest_file(request);
    EXPECT_TRUE(whole || whole.error().code != Code::whole_file_needed) << name;
    fs::remove(folder_ / "out.parquet");
    fs::remove(folder_ / "rejects.parquet");
  }
}

}  // namespace
}  // namespace sluice::ingest
