// Which cells are values of their type, as conditions that a real engine evaluates.
#include "ingest/parquet/parquet_values.h"

#include <gtest/gtest.h>

#include "duckdb/database.h"

namespace sluice::ingest {
namespace {

class ParquetValues : public testing::Test {
 protected:
  duckdb::Database database_ =
      duckdb::Database::open(duckdb::job_settings({.memory_bytes = 256'000'000, .threads = 1}))
          .value();
  duckdb::Connection connection_ = database_.connect().value();

  /// Of the value `sql`, by its own type: 1 in range, 0 not, -1 nothing to check.
  std::int64_t in_range(const std::string& sql) {
    duckdb::QueryResult type = connection_.query("SELECT typeof(" + sql + ")").value();
    const std::string condition = in_range_sql(type.rows_as_text().at(0).at(0).value(), "c");
    if (condition.empty()) return -1;
    const auto found = connection_.query_int("SELECT CAST(" + condition +
                                             " AS BIGINT) FROM (SELECT " + sql + " AS c)");
    EXPECT_TRUE(found) << to_line(found.error()) << " of " << condition;
    return found.value_or(-2);
  }
};

TEST_F(ParquetValues, ScalarsAtTheEnds) {
  EXPECT_EQ(in_range("1"), -1);
  EXPECT_EQ(in_range("'a'"), -1);
  EXPECT_EQ(in_range("TIME '23:59:59.999999'"), 1);
  EXPECT_EQ(in_range("DATE '9999-12-31'"), 1);
  EXPECT_EQ(in_range("DATE 'infinity'"), 0);
  EXPECT_EQ(in_range("DATE '-infinity'"), 0);
  EXPECT_EQ(in_range("make_timestamp(9223372036854775806)"), 1);
  EXPECT_EQ(in_range("TIMESTAMP 'infinity'"), 0);
  EXPECT_EQ(in_range("make_timestamp(-9223372022400000000)"), 1);
  EXPECT_EQ(in_range("make_timestamptz(9223372036854775806)"), 0);
  EXPECT_EQ(in_range("make_timestamptz(9000000000000000000)"), 1);
  EXPECT_EQ(in_range("INTERVAL 1 MONTH"), 1);
  EXPECT_EQ(in_range("INTERVAL (-1) MONTH"), 0);
  EXPECT_EQ(in_range("99.99::DECIMAL(4,2)"), 1);
  EXPECT_EQ(in_range("0.5::DECIMAL(1,1)"), 1);
  EXPECT_EQ(in_range("CAST(NULL AS TIME)"), 1);
}

TEST_F(ParquetValues, NestedOnesAreLookedInto) {
  EXPECT_EQ(in_range("[1, 2]"), -1);
  EXPECT_EQ(in_range("{'a': 1, 'b': ['x']}"), -1);
  EXPECT_EQ(in_range("[DATE '2024-01-01', NULL]"), 1);
  EXPECT_EQ(in_range("[DATE '2024-01-01', DATE 'infinity']"), 0);
  EXPECT_EQ(in_range("[[DATE '2024-01-01'], [DATE 'infinity']]"), 0);
  EXPECT_EQ(in_range("CAST(NULL AS DATE[])"), 1);
  EXPECT_EQ(in_range("{'a, \"b\" (c)': 1, 'd': {'e f': DATE 'infinity'}}"), 0);
  EXPECT_EQ(in_range("{'a, \"b\" (c)': 1, 'd': {'e f': DATE '2024-01-01'}}"), 1);
  EXPECT_EQ(in_range("CAST(NULL AS STRUCT(a DATE))"), 1);
  EXPECT_EQ(in_range("MAP {'k': DATE 'infinity'}"), 0);
  EXPECT_EQ(in_range("MAP {DATE 'infinity': [1.5]}"), 0);
  EXPECT_EQ(in_range("MAP {'k': [{'x': DATE '2024-01-01'}]}"), 1);
}

}  // namespace
}  // namespace sluice::ingest
