// What cells that span columns say: groups of columns, or a title.
#include "ingest/excel/excel_layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>

namespace sluice::ingest {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// Texts that are digits are numbers; empty ones no cells.
SheetRows sheet(std::initializer_list<std::vector<std::string>> rows) {
  SheetRows made;
  std::uint32_t row = 0;
  for (const std::vector<std::string>& cells : rows) {
    for (std::uint32_t i = 0; i < cells.size(); ++i) {
      if (cells[i].empty()) continue;
      const bool number = cells[i].find_first_not_of("0123456789") == std::string::npos;
      made[row][i] = {cells[i], number ? ExcelKind::number : ExcelKind::string, 0, 0};
    }
    ++row;
  }
  return made;
}

Result<SheetLayout> layout_of(const SheetRows& rows, std::vector<MergedRegion> merged) {
  return find_sheet_layout(rows, 0, 2, {},
                           [&]() -> Result<std::vector<MergedRegion>> { return merged; });
}

TEST(SheetLayout, ATitleOverAllColumnsIsNoGroup) {
  const SheetRows rows =
      sheet({{"Sales 2024"}, {"Region", "Q1", "Q2"}, {"N", "1", "2"}, {"S", "3", "4"}});
  const Result<SheetLayout> layout = layout_of(rows, {{0, 0, 0, 2}});
  ASSERT_TRUE(layout);
  EXPECT_THAT(layout->headers, ElementsAre("Region", "Q1", "Q2"));
  EXPECT_THAT(layout->above_header, SizeIs(1));
}

TEST(SheetLayout, AGroupOverSomeColumnsGoesBeforeTheirNames) {
  const SheetRows rows =
      sheet({{"", "Sales"}, {"Region", "Q1", "Q2"}, {"N", "1", "2"}, {"S", "3", "4"}});
  const Result<SheetLayout> layout = layout_of(rows, {{0, 1, 0, 2}});
  ASSERT_TRUE(layout);
  EXPECT_THAT(layout->headers, ElementsAre("Region", "Sales Q1", "Sales Q2"));
  EXPECT_THAT(layout->above_header, IsEmpty());
}

}  // namespace
}  // namespace sluice::ingest
