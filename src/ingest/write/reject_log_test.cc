#include "ingest/write/reject_log.h"

#include <gtest/gtest.h>

#include "ingest/error_codes.h"

namespace sluice::ingest {
namespace {

/// The error of the first reject beyond a limit of none.
Error too_many(RejectsOf of) {
  RejectLog log(0, of);
  return log.add(1, {{7, "short_row", "The row is short.", "a;b"}}).error();
}

TEST(RejectLog, TooManyNamesTheFirstAndWhatFitsTheFormat) {
  const Error text = too_many(RejectsOf::text);
  EXPECT_EQ(text.code, Code::rejects_too_many);
  EXPECT_NE(text.detail.find("rejects_max (0)"), std::string::npos) << text.detail;
  EXPECT_NE(text.detail.find("line 7: The row is short. It reads 'a;b'."), std::string::npos)
      << text.detail;
  EXPECT_NE(text.remedy.find("delimiter"), std::string::npos) << text.remedy;
  const Error sheet = too_many(RejectsOf::sheet);
  EXPECT_NE(sheet.remedy.find("cell_range"), std::string::npos) << sheet.remedy;
  EXPECT_EQ(sheet.remedy.find("delimiter"), std::string::npos) << sheet.remedy;
  const Error lines = too_many(RejectsOf::json_lines);
  EXPECT_NE(lines.remedy.find("one object"), std::string::npos) << lines.remedy;
  EXPECT_EQ(lines.remedy.find("delimiter"), std::string::npos) << lines.remedy;
  EXPECT_NE(lines.remedy.find("rejects_max"), std::string::npos) << lines.remedy;
}

TEST(RejectLog, MoreRejectsThanRowsIsAFileMisread) {
  RejectLog log(std::nullopt);
  ASSERT_TRUE(log.add(2, {{2, "b", "B.", "b"}}));
  ASSERT_TRUE(log.add(1, {{1, "a", "A.", "a"}}));
  ASSERT_TRUE(log.add(0, {{0, "t", "A title.", "t"}}, false));
  EXPECT_TRUE(log.check_share(2)) << "a title does not count";
  EXPECT_FALSE(log.check_share(1));
  EXPECT_EQ(log.count(), 3);
  const std::vector<Reject> all = log.take();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].reason, "t") << "by place, not by when they came";
  EXPECT_EQ(all[2].reason, "b");
}

}  // namespace
}  // namespace sluice::ingest
