// Workbooks of testdata/excel through the Rust reader, in this process.
#include "ingest/excel/excel_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <vector>

namespace sluice::ingest {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// What is in these files, testdata/excel/make.py says.
fs::path file(const char* name) {
  return fs::path(__FILE__).parent_path().parent_path() / "testdata/excel" / name;
}

/// `C5 datetime 2024-01-31 00:00:00` for each cell.
class Lines final : public ExcelSink {
 public:
  Result<void> cells(std::span<const ExcelCell> cells) override {
    static constexpr const char* names[] = {"number",   "string", "boolean",  "date",
                                            "datetime", "time",   "duration", "error"};
    for (const ExcelCell& cell : cells) {
      lines.push_back(std::string(1, static_cast<char>('A' + cell.column)) +
                      std::to_string(cell.row + 1) + " " +
                      names[static_cast<std::size_t>(cell.kind)] + " " + text_of(cell));
    }
    return {};
  }
  std::vector<std::string> lines;
};

std::vector<std::string> lines_of(const char* name, std::size_t sheet = 0) {
  Result<Workbook> book = Workbook::open(file(name));
  if (!book) return {book.error().code, book.error().detail};
  Lines sink;
  const Result<void> read = book->read(sheet, sink);
  if (!read) sink.lines.push_back(read.error().code.text() + ": " + read.error().detail);
  return sink.lines;
}

Error error_of(const char* name, const ExcelLimits& limits = {}) {
  Result<Workbook> book = Workbook::open(file(name), limits);
  if (!book) return book.error();
  Lines sink;
  const Result<void> read = book->read(0, sink);
  return read ? Error{} : read.error();
}

TEST(ExcelReader, ListsSheets) {
  const Result<Workbook> book = Workbook::open(file("values.xlsx"));
  ASSERT_TRUE(book) << to_line(book.error());
  std::vector<std::string> sheets;
  for (const SheetInfo& sheet : book->sheets()) {
    sheets.push_back(sheet.name + (sheet.visible ? "" : " hidden") +
                     (sheet.kind == SheetKind::cells ? "" : " chart"));
  }
  EXPECT_THAT(sheets, ElementsAre("Empty", "Värden ☃", "Hidden hidden", "Chart chart", "Table"));
}

TEST(ExcelReader, ReadsEachKindOfCell) {
  EXPECT_THAT(lines_of("values.xlsx", 0), IsEmpty());
  EXPECT_THAT(
      lines_of("values.xlsx", 1),
      ElementsAre("A1 string text", "B1 string héllo 世界 🎉", "C1 string   spaced  ",
                  "D1 string two\nlines",
                  "E1 string a & b < c",  //
                  "A2 string number", "B2 number 1", "C2 number -2.5", "D2 number 1e+300",
                  "E2 number 0.1", "A3 string boolean", "B3 boolean true", "C3 boolean false",  //
                  "A4 string date", "B4 date 2024-01-31", "C4 date 1900-02-28",
                  "D4 string 1900-02-29", "E4 date 1900-03-01", "F4 date 1900-01-01",
                  "G4 number 1.2e+19", "H4 number -1", "A5 string datetime",
                  "B5 datetime 2024-01-31 23:59:58.500", "C5 datetime 2024-01-31 00:00:00",
                  "A6 string time", "B6 time 12:00:00", "C6 time 00:00:00",              //
                  "A7 string duration", "B7 duration 36:15:00", "C7 duration 06:00:00",  //
                  "A8 string percent, currency", "B8 number 0.125", "C8 number 1234.5",  //
                  "A9 string formula", "B9 number 2", "C9 string ab", "D9 error #N/A",
                  "E9 error #DIV/0!", "F9 boolean true"));
  EXPECT_THAT(lines_of("values.xlsx", 2), ElementsAre("A1 string secret"));
  EXPECT_THAT(lines_of("values.xlsx", 4),
              ElementsAre("B3 string Name", "D3 string Age", "B4 string first", "C4 string last",
                          "B5 string Ada", "C5 string Lovelace", "D5 number 36", "D8 number 7"));
}

TEST(ExcelReader, KnowsTheEpochOf1904) {
  EXPECT_THAT(lines_of("epoch_1904.xlsx"),
              ElementsAre("A1 date 2024-01-31", "B1 date 1904-01-01", "C1 date 1904-03-01",
                          "D1 duration 36:00:00"));
  EXPECT_THAT(lines_of("old_1904.xls"), ElementsAre("A1 date 2024-01-31"));
}

TEST(ExcelReader, ReadsInlineStringsAndIsoDates) {
  EXPECT_THAT(lines_of("inline.xlsx"),
              ElementsAre("A1 string inline", "B1 date 2024-01-31",
                          "C1 datetime 2024-01-31 12:00:00", "B2 time 12:30:00"));
}

TEST(ExcelReader, ReadsOldExcel) {
  EXPECT_THAT(
      lines_of("old.xls"),
      ElementsAre("A1 string héllo 世界", "B1 number 1", "C1 number -2.5", "D1 boolean true",  //
                  "A2 date 2024-01-31", "B2 datetime 2024-01-31 23:59:58", "C2 string 1900-02-29",
                  "D2 time 12:00:00", "E2 duration 36:00:00", "B4 string merged"));
  Result<Workbook> book = Workbook::open(file("old.xls"));
  EXPECT_FALSE(book->sheets().at(1).visible);
  EXPECT_THAT(book->merged_regions(0).value(), ElementsAre(MergedRegion{3, 1, 3, 2}));
}

TEST(ExcelReader, FormatsOfOldExcelSayWhatANumberIs) {
  EXPECT_THAT(
      lines_of("old_formats.xls"),
      ElementsAre("A1 number 45000", "B1 number 45000.5", "C1 date 2023-03-15", "D1 number 0",
                  "E1 datetime 2023-03-15 00:00:00", "F1 number 45000", "G1 number 45000"));
}

TEST(ExcelReader, ReadsOpenDocument) {
  EXPECT_THAT(
      lines_of("open.ods"),
      ElementsAre("A1 string héllo", "D1 number 1",  //
                  "A4 number 0.125", "B4 number 1234.5", "C4 boolean true", "D4 date 2024-01-31",
                  "E4 datetime 2024-01-31 23:59:58.500", "F4 duration 36:15:00", "G4 time 12:30:00",
                  "A5 string same", "B5 string same", "A6 string same", "B6 string same"));
}

TEST(ExcelReader, ReadsBinaryExcel) {
  EXPECT_THAT(lines_of("binary.xlsb"),
              ElementsAre("A1 string héllo", "B1 number 1.5", "C1 number 7", "A3 string shared",
                          "B3 boolean true", "C3 error #N/A", "D3 date 2024-01-31"));
}

TEST(ExcelReader, GivesMergedRegions) {
  Result<Workbook> book = Workbook::open(file("values.xlsx"));
  EXPECT_THAT(book->merged_regions(4).value(), ElementsAre(MergedRegion{2, 1, 2, 2}));
  EXPECT_THAT(book->merged_regions(1).value(), IsEmpty());
}

TEST(ExcelReader, RefusesWhatIsNoSheet) {
  Result<Workbook> book = Workbook::open(file("values.xlsx"));
  Lines sink;
  EXPECT_EQ(book->read(3, sink).error().code, "not_a_worksheet");
  EXPECT_EQ(book->read(5, sink).error().code, "no_such_sheet");
}

TEST(ExcelReader, RefusesWhatIsNoWorkbook) {
  EXPECT_THAT(error_of("table.xls").detail, HasSubstr("an HTML page"));
  EXPECT_THAT(error_of("text.xlsx").detail, HasSubstr("text, such as CSV"));
  for (const char* name : {"table.xls", "text.xlsx", "other.xlsx"}) {
    EXPECT_EQ(error_of(name).code, "not_a_workbook") << name;
  }
  EXPECT_EQ(error_of("absent.xlsx").code, "excel_unreadable");
}

TEST(ExcelReader, RefusesDamage) {
  for (const char* name :
       {"cut.xlsx", "lying_bomb.xlsx", "out_of_order.xlsx", "no_such_string.xlsx", "circle.xls"}) {
    const Error error = error_of(name);
    EXPECT_EQ(error.code, "excel_damaged") << name << ": " << error.detail;
  }
  EXPECT_THAT(error_of("lying_bomb.xlsx").detail, HasSubstr("longer than its directory says"));
}

TEST(ExcelReader, RefusesPasswords) {
  for (const char* name : {"password.xlsx", "password.xls"})
    EXPECT_EQ(error_of(name).code, "excel_password") << name;
}

/// Each would take hundreds of megabytes to terabytes, and the process with it.
TEST(ExcelReader, RefusesWhatUnfolds) {
  const ExcelLimits narrow = {
      .inflated_bytes_max = 1U << 20, .held_bytes_max = 16U << 20, .held_cells_max = 1'000'000};
  for (const char* name : {"bomb.xlsx", "many_strings.xlsx", "huge_styles.xlsx", "corners.xls",
                           "negative_rows.xls", "repeated.ods"}) {
    const Error error = error_of(name, narrow);
    EXPECT_EQ(error.code, "excel_too_large") << name << ": " << error.detail;
  }
  EXPECT_THAT(error_of("bomb.xlsx").detail, HasSubstr("times its size"));
}

class Failing final : public ExcelSink {
 public:
  Result<void> cells(std::span<const ExcelCell>) override {
    if (throws) throw std::runtime_error("thrown in a sink");
    return fail(Errc::conflict, ErrorCode::from_outside("mine"), "The sink's own.");
  }
  bool throws = false;
};

TEST(ExcelReader, EndsAsTheSinkDoes) {
  Result<Workbook> book = Workbook::open(file("values.xlsx"));
  Failing sink;
  EXPECT_EQ(book->read(1, sink).error().code, "mine");
  sink.throws = true;
  EXPECT_THROW((void)book->read(1, sink), std::runtime_error);

  std::stop_source stop;
  stop.request_stop();
  Lines lines;
  EXPECT_EQ(book->read(1, lines, stop.get_token()).error().code, "cancelled");
  EXPECT_THAT(lines.lines, IsEmpty());
  EXPECT_TRUE(book->read(2, lines)) << "a workbook can be read again";
}

}  // namespace
}  // namespace sluice::ingest
