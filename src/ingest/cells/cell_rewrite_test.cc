// Cells as a user says they are written: dates, decimal commas, types that he names. Pure.
#include "ingest/cells/cell_rewrite.h"

#include <gtest/gtest.h>

namespace sluice::ingest {
namespace {

/// The cell as the options say that it is meant.
std::string typed(const std::string& date_format, char decimal_mark, const std::string& cell) {
  IngestOptions options;
  options.date_format = date_format;
  options.decimal_mark = decimal_mark;
  CellRewrite rewrite(options);
  return std::string(rewrite.typed(cell));
}

TEST(CellRewrite, ADateIsReadOnlyAsItsFormatHasIt) {
  EXPECT_EQ(typed("%d/%m/%Y", '.', "31/01/2024"), "2024-01-31");
  EXPECT_EQ(typed("%d.%m.%y", '.', "1.2.68"), "2068-02-01");
  EXPECT_EQ(typed("%d.%m.%y", '.', "1.2.69"), "1969-02-01");
  EXPECT_EQ(typed("%Y%m%d", '.', "20240131"), "2024-01-31");
  EXPECT_EQ(typed("%d/%m/%Y %H:%M", '.', "31/01/2024 9:05"), "2024-01-31 09:05:00");
  for (const char* other : {"30/02/2024", "31/13/2024", "31/01/2024 ", "31-01-2024", "31/01",
                            "31/01/20245", "31/01/0000", "", "x"}) {
    EXPECT_EQ(typed("%d/%m/%Y", '.', other), other);
  }
  EXPECT_EQ(typed("%d/%m/%Y %H:%M", '.', "31/01/2024 24:00"), "31/01/2024 24:00");
  EXPECT_EQ(typed("%d/%m/%Y", '.', "31/01/24"), "31/01/24") << "%Y is a whole year: no year 24";
}

TEST(CellRewrite, ACommaIsAPointOnlyInANumber) {
  EXPECT_EQ(typed("", ',', "1,50"), "1.50");
  EXPECT_EQ(typed("", ',', "-0,5"), "-0.5");
  for (const char* other : {"1,000,000", "1.000,50", "1,", ",5", "a,b", "-0,0", "01,5", "1, 5"}) {
    EXPECT_EQ(typed("", ',', other), other);
  }
  EXPECT_EQ(typed("", '.', "1,50"), "1,50");
}

TEST(CellRewrite, APointIsNoDecimalMarkWhereTheCommaIs) {
  for (const char* cell : {"1.250", "-3.5", "0.5"}) {
    EXPECT_EQ(typed("", ',', cell), std::string(cell) + " (its point is no decimal mark)");
    EXPECT_EQ(typed("", '.', cell), cell);
  }
  EXPECT_EQ(typed("%d.%m.%Y", ',', "31.12.2024"), "2024-12-31");
  for (const char* other : {"1250", "a.b", "31.12.2024", ""})
    EXPECT_EQ(typed("", ',', other), other);
}

/// `ok`, or that the cell was refused.
bool takes(const std::string& type, const std::string& cell) {
  ValueType parsed;
  EXPECT_TRUE(parse_scalar_type(type, parsed)) << type;
  ColumnBuilder column(parsed);
  const bool taken = append_as(column, cell);
  EXPECT_EQ(column.size(), taken ? 1U : 0U) << "what is refused leaves nothing behind: " << cell;
  return taken;
}

TEST(AppendAs, AWordOfTheUsersTakesOtherSpellingsAndLosesNoDigit) {
  const std::tuple<const char*, std::vector<const char*>, std::vector<const char*>> types[] = {
      {"BIGINT",
       {"7", "+7", "007", " 1 ", "1.000", "-0", "9223372036854775807"},
       {"1.5", "9223372036854775808", "1e3", "", "-", "0x10", "1 000"}},
      {"DECIMAL(9,2)",
       {"1.5", "1.500", "+1", ".5", "5.", "-1234567.89"},
       {"1.505", "12345678.00", "1,5", ".", "1.2.3"}},
      {"DOUBLE", {"1", "+1.5", "1e5", ".5", "-0"}, {"inf", "nan", "1e999", "1.5x", ""}},
      {"BOOLEAN", {"Yes", "f", "N", "1", "TRUE"}, {"2", "oui", "", "tr"}},
      {"DATE",
       {"2024-01-31", "2024-01-31T00:00:00", "2024-01-31 00:00"},
       {"2024-01-31 10:00:00", "2024-01-31T00:00:00Z", "2024-02-30", "2024-01-31T"}},
      {"TIMESTAMP",
       {"2024-01-31", "2024-01-31T10:20", "2024-01-31 10:20:30.1234560000"},
       {"2024-01-31T10:20Z", "2024-01-31 10", "2024-01-31 10:20:30.1234567", "2024-01-31 25:00",
        "2024-01-31 10:20:30.", "2024-01-31 10:20x"}},
      {"TIMESTAMPTZ",
       {"2024-01-31T10:20:30Z", "2024-01-31 10:20+02:00", "2024-01-31 10:20:30-0330",
        "2024-01-31 10:20+18"},
       {"2024-01-31 10:20", "2024-01-31 10:20+19", "2024-01-31 10:20+02:60",
        "2024-01-31 10:20+02:00x", "2024-01-31 10:20+"}},
  };
  for (const auto& [type, good, bad] : types) {
    for (const char* cell : good) EXPECT_TRUE(takes(type, cell)) << type << " '" << cell << "'";
    for (const char* cell : bad) EXPECT_FALSE(takes(type, cell)) << type << " '" << cell << "'";
  }
}

}  // namespace
}  // namespace sluice::ingest
