// Which instants fit, as conditions that a real engine evaluates.
#include "ingest/parquet/parquet_int96.h"

#include <gtest/gtest.h>

#include "duckdb/database.h"
#include "ingest/parquet/parquet_values.h"

namespace sluice::ingest {
namespace {

class ParquetInt96 : public testing::Test {
 protected:
  duckdb::Database database_ =
      duckdb::Database::open(duckdb::job_settings({.memory_bytes = 256'000'000, .threads = 1}))
          .value();
  duckdb::Connection connection_ = database_.connect().value();

  /// What an INT96 becomes when it is read as an INTERVAL.
  static std::string interval(std::int64_t nanoseconds, std::uint32_t day) {
    const auto months = static_cast<std::int32_t>(nanoseconds & 0xFFFFFFFF);
    const auto days = static_cast<std::int32_t>(nanoseconds >> 32);
    return "(to_months(" + std::to_string(months) + ") + to_days(" + std::to_string(days) +
           ") + to_microseconds(" + std::to_string(day) + "000))";
  }
  bool is(const std::string& condition, const std::string& value) {
    const auto found = connection_.query_int("SELECT CAST(" + condition +
                                             " AS BIGINT) FROM (SELECT " + value + " AS c)");
    EXPECT_TRUE(found) << to_line(found.error()) << " of " << condition;
    return found.value_or(0) == 1;
  }
  bool fits(std::int64_t nanoseconds, std::uint32_t day) {
    return is(in_range_sql("INTERVAL", "c", Intervals::int96), interval(nanoseconds, day));
  }
  bool loses_digits(std::int64_t nanoseconds) {
    return is(int96_loses_digits_sql("c"), interval(nanoseconds, epoch));
  }

  static constexpr std::uint32_t epoch = 2'440'588;
  static constexpr std::int64_t day_ns = 86'400'000'000'000;
};

TEST_F(ParquetInt96, FitsWhereItsMicrosecondsDo) {
  EXPECT_TRUE(fits(0, 0));
  EXPECT_TRUE(fits(0, epoch));
  EXPECT_TRUE(fits(day_ns - 1, epoch));
  EXPECT_TRUE(fits(-1, epoch));
  EXPECT_TRUE(fits(0, 100'000'000));
  EXPECT_FALSE(fits(0, 110'000'000));
  EXPECT_FALSE(fits(0, UINT32_MAX));
  EXPECT_FALSE(fits(2 * day_ns, epoch));
  EXPECT_FALSE(fits(-2 * day_ns, epoch));
  EXPECT_FALSE(fits(INT64_MAX, epoch));
  EXPECT_FALSE(fits(INT64_MIN, epoch));
}

TEST_F(ParquetInt96, ThreeDigitsMayBeLost) {
  for (const std::int64_t kept : {std::int64_t{0}, std::int64_t{1000}, std::int64_t{4'294'968'000},
                                  day_ns - 1000, std::int64_t{-1000}}) {
    EXPECT_FALSE(loses_digits(kept)) << kept;
  }
  for (const std::int64_t lost : {std::int64_t{1}, std::int64_t{999}, std::int64_t{4'294'967'296},
                                  day_ns - 1, std::int64_t{-1}}) {
    EXPECT_TRUE(loses_digits(lost)) << lost;
  }
}

TEST_F(ParquetInt96, ColumnsAreThoseOfTheFirstLevel) {
  ParquetFooter footer;
  const auto add = [&](std::size_t depth, std::size_t children, std::size_t column, bool is_int96) {
    ParquetNode& node = footer.nodes.emplace_back();
    node.depth = depth;
    node.children = children;
    node.column = column;
    node.is_int96 = is_int96;
  };
  add(1, 3, 0, false);
  add(2, 0, 0, false);
  add(2, 2, 1, false);
  add(3, 0, 1, false);
  add(3, 0, 1, true);
  add(2, 0, 2, true);
  EXPECT_EQ(columns_with_int96(footer), (std::vector<bool>{false, true, true}));
}

}  // namespace
}  // namespace sluice::ingest
