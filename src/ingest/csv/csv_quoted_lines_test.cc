#include "ingest/csv/csv_quoted_lines.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/files.h"
#include "ingest/ingest_test_support.h"

namespace sluice::ingest {
namespace {

/// `; 3` for three cells divided by `;`; empty where the lines are cells.
std::string found(std::string_view head, bool whole = true) {
  const std::optional<QuotedLines> lines = find_quoted_lines(head, whole);
  return lines ? lines->delimiter + " " + std::to_string(lines->cells) : "";
}

TEST(QuotedLines, EachHoldsARowOfTheSameWidth) {
  EXPECT_EQ(found("\"a,b,c\"\n\"1,2,3\"\n"), ", 3");
  EXPECT_EQ(found("\xEF\xBB\xBF\"a;b;c;d\"\r\n\r\n\"1;2;3;\"\"x;y\"\"\""), "; 4");
  EXPECT_EQ(found("\"a,b,c\"\n\"1,2,3\"\n\"4,5"), "") << "the last quote is missing";
  EXPECT_EQ(found("\"a,b,c\"\n\"1,2,3\"\n\"4,5", false), ", 3") << "or cut";
}

TEST(QuotedLines, TwoCellsMayBeANameOrANumber) {
  EXPECT_TRUE(find_quoted_lines("\"a,b,c\"\n\"1,2,3\"\n", true)->are_rows());
  EXPECT_FALSE(find_quoted_lines("\"Lee,Ann\"\n\"Ray,Bob\"\n", true)->are_rows());
}

TEST(QuotedLines, CellsAreNotTakenForRows) {
  for (const std::string_view head :
       {"\"a,b,c\"\n", "\"a,b,c\"\n\"1,2\"\n", "\"a, b, c\"\n\"d, e, f\"\n", "\"a,b,c\"\n1,2,3\n",
        "a,b,c\n\"1,2,3\"\n", "\"a\",\"b\",\"c\"\n\"1\",\"2\",\"3\"\n", "\"a,b,c\"\n\"1,\"2,3\"\n",
        "\"a,b,c\"\r\"1,2,3\"\r", "\"a b\"\n\"c d\"\n", "\"", ""}) {
    EXPECT_EQ(found(head), "") << head;
  }
}

class QuotedLinesFile : public Ingest {
 protected:
  /// The text that comes of it; nothing where a line is not so.
  std::string unquoted(const std::string& text, bool is_cut = false) {
    const fs::path to = folder_ / "unquoted";
    fs::remove(to);
    const Result<bool> done = take_line_quotes_off(write("quoted", text), to, {}, {}, is_cut);
    return done.value() ? read_file(to).value() : "not so";
  }
};

TEST_F(QuotedLinesFile, KeepsEachLine) {
  EXPECT_EQ(unquoted("\xEF\xBB\xBF\"a,b\"\r\n\r\n\"1,\"\"x, y\"\"\"\n\"2,z\""),
            "a,b\n\n1,\"x, y\"\n2,z");
  EXPECT_EQ(unquoted("\"a\"\n\"b", true), "a\n");
  EXPECT_EQ(unquoted("\"a\"\n\"b"), "not so");
  EXPECT_EQ(unquoted("\"a\"\nb\n\"c\"\n"), "not so");
  std::string text;
  std::string wanted;
  for (int i = 0; i < 100'000; ++i) {
    text += "\"" + std::to_string(i) + ",x\"\n";
    wanted += std::to_string(i) + ",x\n";
  }
  EXPECT_EQ(unquoted(text), wanted) << "over several pieces";
}

TEST_F(QuotedLinesFile, OfTwoCellsANoteTells) {
  const Ingested done =
      ingest_file(request_for(write("a.csv", "\"Lee,Ann\"\n\"Ray,Bob\"\n"))).value();
  EXPECT_EQ(done.columns.size(), 1U);
  const auto tells = [](const std::string& note) {
    return note.starts_with("Each line is one quoted cell, of which , would make two");
  };
  EXPECT_TRUE(std::ranges::any_of(done.notes, tells)) << testing::PrintToString(done.notes);
}

TEST_F(QuotedLinesFile, ALateLineThatIsNotSoLeavesTheFileAsItIs) {
  std::string text = "\"id,name,n\"\n";
  for (int i = 0; i < 20'000; ++i) text += "\"" + std::to_string(i) + ",x,1\"\n";
  const Ingested whole = ingest_file(request_for(write("rows.csv", text))).value();
  EXPECT_EQ(whole.columns.size(), 3U);
  EXPECT_EQ(whole.row_count, 20'000);
  EXPECT_TRUE(whole.notes.front().starts_with("Each line is one quoted cell"));
  fs::remove(folder_ / "out.parquet");
  const Ingested other =
      ingest_file(request_for(write("cells.csv", text + "\"last\"\"\n\"\n"))).value();
  EXPECT_EQ(other.columns.size(), 1U);
  EXPECT_FALSE(other.notes.front().starts_with("Each line is one quoted cell"));
}

}  // namespace
}  // namespace sluice::ingest
