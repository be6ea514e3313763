// Rows and cells of CSV, and that cutting a file changes none. Files in memory; no engine.
#include "ingest/csv/csv_rows.h"

#include <gtest/gtest.h>

#include "base/testing/memory_file.h"
#include "ingest/bytes/source_file.h"
#include "ingest/csv/csv_split.h"

namespace sluice::ingest {
namespace {

/// What the reader said: `line|cell|cell`, NULL as `~`; a reject as `line!reason`.
class Said final : public CsvRowSink {
 public:
  bool row(const std::vector<CsvCell>& cells, std::uint64_t line, std::string_view) override {
    text += std::to_string(line);
    for (const CsvCell& cell : cells) text += "|" + (cell.is_null() ? "~" : std::string(cell.text));
    text += ";";
    return --rows_left != 0;
  }
  bool reject(Reject reject) override {
    text += std::to_string(reject.line) + "!" + reject.reason + ";";
    return --rows_left != 0;
  }
  std::string text;
  int rows_left = -1;  ///< Reading ends after so many.
};

std::string rows_of(std::string_view text, CsvGrammar grammar = {}, std::size_t width = 0) {
  Said said;
  CsvRowReader reader(grammar, width);
  EXPECT_TRUE(reader.read(text, 1, said));
  return said.text;
}

TEST(CsvRows, QuotesAndLineEnds) {
  EXPECT_EQ(rows_of("a,b\n1,2"), "1|a|b;2|1|2;");
  EXPECT_EQ(rows_of("a,\"\",\n"), "1|a||~;") << "a quoted empty cell is no NULL";
  EXPECT_EQ(rows_of("\"a,\"\"b\"\"\n\",c\n1,2\n"), "1|a,\"b\"\n|c;3|1|2;")
      << "lines within quotes count";
  EXPECT_EQ(rows_of("\"a\r\nb\",c\r\n1,2\r\n"), "1|a\r\nb|c;3|1|2;");
  EXPECT_EQ(rows_of("a\r,b\n"), "1|a\r|b;") << "a lone CR is text";
  EXPECT_EQ(rows_of("a,\r\n"), "1|a|~;") << "one before an LF belongs to the end";
  EXPECT_EQ(rows_of("a,b\n\n\r\n1,2\n"), "1|a|b;4|1|2;");
  EXPECT_EQ(rows_of("a\n\nb\n", {}, 1), "1|a;2|~;3|b;") << "of one column a blank line is a NULL";
  EXPECT_EQ(rows_of("a,b\r1,2\r", {",", '"', '\r'}), "1|a|b;2|1|2;");
  EXPECT_EQ(rows_of("a\"b,\"c\n", {",", 0, '\n'}), "1|a\"b|\"c;") << "where quotes are text";
}

TEST(CsvRows, AFaultCostsItsFirstLineAndNoMore) {
  EXPECT_EQ(rows_of("\"a\"b,c\n1,2\n"), "1!stray_quote;2|1|2;");
  EXPECT_EQ(rows_of("\"a,c\n1,2\n3,4"), "1!unclosed_quote;2|1|2;3|3|4;");
  EXPECT_EQ(rows_of("\"a\nb\"x\n1,2\n"), "1!stray_quote;2|b\"x;3|1|2;");
  EXPECT_EQ(rows_of("1\n1,2\n1,2,3\n", {}, 2), "1!ragged_row;2|1|2;3!ragged_row;");
}

TEST(CsvRows, AQuoteWithinACellWithoutQuotesIsText) {
  EXPECT_EQ(rows_of("6\" wide,=\"007\"\n1,\"2\"\n"), "1|6\" wide|=\"007\";2|1|2;");
  EXPECT_EQ(rows_of("a\"\nb,\"\n\"\n"), "1|a\";2|b|\n;");
}

TEST(CsvRows, QuotesEscapedByABackslash) {
  const CsvGrammar grammar{",", '"', '\n', '\\'};
  EXPECT_EQ(rows_of(R"("a \"b\", c",1)"
                    "\n",
                    grammar),
            "1|a \"b\", c|1;");
  EXPECT_EQ(rows_of(R"("C:\\","\\\"",\N,"")"
                    "",
                    grammar),
            R"(1|C:\|\"|\N|;)");
  EXPECT_EQ(rows_of(R"("a""b\n")", grammar), R"(1|a"b\n;)") << "doubled ones still count";
}

TEST(CsvRows, ABlankBeforeAQuote) {
  const CsvGrammar grammar{",", '"', '\n', 0, true};
  EXPECT_EQ(rows_of("1, \"x, y\",  z, \n", grammar), "1|1|x, y|  z| ;");
  EXPECT_EQ(rows_of("1, \"x, y\"\n"), "1|1| \"x| y\";") << "is text unless it is said";
}

TEST(CsvRows, SeveralCrsBeforeAnLf) {
  EXPECT_EQ(rows_of("a,b\r\r\n1,\"2\"\r\r\n\r\r\n"), "1|a|b;2|1|2;");
}

TEST(CsvRows, ADelimiterOfSeveralBytesIsToldFromTheLeft) {
  CsvGrammar grammar;
  grammar.delimiter = "||";
  EXPECT_EQ(rows_of("a||b||\n1|2||\"x||y\"||z\n", grammar), "1|a|b|~;2|1|2|x||y|z;");
  EXPECT_EQ(rows_of("a|||b|\n", grammar), "1|a||b|;") << "one byte is no delimiter";
  EXPECT_EQ(rows_of("a|||\"b\"\n", grammar), "1|a||\"b\";");
  EXPECT_EQ(rows_of("\"a\"|b\n", grammar), "1!stray_quote;");
  EXPECT_EQ(rows_of("a||b\r\n\r\n", grammar), "1|a|b;");
  grammar.delimiter = "~|~";
  EXPECT_EQ(rows_of("a~|~|~b~|\n", grammar), "1|a||~b~|;");
  grammar.delimiter = "¦";
  EXPECT_EQ(rows_of("ä¦ö¦\n", grammar), "1|ä|ö|~;");
}

TEST(CsvRows, ColumnsAtFixedPlaces) {
  CsvGrammar grammar;
  grammar.quote = 0;
  grammar.starts = {0, 4, 8};
  EXPECT_EQ(rows_of("ab  cd  ef\n", grammar), "1|ab|cd|ef;");
  EXPECT_EQ(rows_of("abcdefgh i j\r\n", grammar), "1|abcd|efgh|i j;") << "no padding is wanted";
  EXPECT_EQ(rows_of(" a   \"b  \n\n   \nx\n", grammar), "1|a|\"b|~;4|x|~|~;");
  EXPECT_EQ(rows_of("zäöüßé  x\n", grammar), "1|zäöü|ßé|x;") << "characters, not bytes";
  EXPECT_EQ(rows_of("\ta  b\n", grammar), "1|\ta|b|~;") << "a tab is a character";
  grammar.line_chars_max = 10;
  EXPECT_EQ(rows_of("ab  cd  ef  \nab  cd  efg\n", grammar), "1|ab|cd|ef;2!ragged_row;");
  grammar.line_chars_max = 0;
  grammar.spaces_before_starts = true;
  EXPECT_EQ(rows_of("abc efg hij\nabcdefg hi\nabcd\nabc efgh\n", grammar),
            "1|abc|efg|hij;2!ragged_row;3|abcd|~|~;4|abc|efgh|~;");
}

TEST(CsvRows, MissingLastCellsAreNullWhereThatIsAllowed) {
  Said said;
  EXPECT_TRUE(CsvRowReader({}, 3, 2).read("1,2,3\n4,5\n6\n7,8,9,0\n\n", 1, said));
  EXPECT_EQ(said.text, "1|1|2|3;2|4|5|~;3!ragged_row;4!ragged_row;");
}

TEST(CsvRows, TheSinkEndsTheReading) {
  for (const char* text : {"1,2\n3,4\n5,6\n", "\"1\"a\n\"\n5,6\n", "1\n2\n3\n"}) {
    Said said;
    said.rows_left = 2;
    EXPECT_TRUE(CsvRowReader({}, 2).read(text, 1, said));
    EXPECT_EQ(std::count(said.text.begin(), said.text.end(), ';'), 2) << said.text;
  }
}

/// The splitter looks at quotes only, the reader at all: where they did not agree, rows would be
/// lost. So every text of so many of the bytes that matter is cut at every row and read.
void expect_the_same_in_pieces(std::string_view letters, std::size_t length, char escape,
                               bool blanks_before_quote, const std::string& delimiter = ",") {
  std::size_t count = 1;
  for (std::size_t i = 0; i < length; ++i) count *= letters.size();
  for (std::size_t number = 0; number < count; ++number) {
    std::string text;
    for (std::size_t rest = number, i = 0; i < length; ++i, rest /= letters.size()) {
      text += letters[rest % letters.size()];
    }
    for (const char line_end : {'\n', '\r'}) {
      const CsvGrammar grammar{delimiter, '"', line_end, escape, blanks_before_quote};
      const fuzz::MemoryFile file(text);
      const SourceFile source = SourceFile::open(file.path()).value();
      CsvSplitter splitter(source, grammar, 0, 1, 1 + number % 3);
      Said pieces;
      CsvRowReader reader(grammar, 0);
      std::string joined;
      CsvPiece piece;
      while (splitter.next(piece).value()) {
        joined += piece.text();
        ASSERT_TRUE(reader.read(piece.text(), piece.line, pieces));
      }
      ASSERT_EQ(joined, text);
      ASSERT_EQ(pieces.text, rows_of(text, grammar)) << testing::PrintToString(text);
    }
  }
}

TEST(CsvRows, EveryShortTextIsTheSameInPieces) {
  expect_the_same_in_pieces("\",\n\ra", 6, 0, false);
  expect_the_same_in_pieces("\",\n\\", 6, '\\', false);
  expect_the_same_in_pieces("\",\n a", 5, 0, true);
}

TEST(CsvRows, EveryShortTextWithALongDelimiterIsTheSameInPieces) {
  expect_the_same_in_pieces("\"|\na", 7, 0, false, "||");
  expect_the_same_in_pieces("\"|~\n", 7, 0, false, "~|~");
  expect_the_same_in_pieces("\"|\n ", 6, 0, true, "||");
  expect_the_same_in_pieces("\" \na", 6, 0, true, "  ");
  expect_the_same_in_pieces("\"|\n\\", 6, '\\', false, "||");
}

}  // namespace
}  // namespace sluice::ingest
