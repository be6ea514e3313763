#include <gtest/gtest.h>

#include "dataset/names.h"
#include "lakehouse/medallion/plan_maker.h"
#include "lakehouse/medallion/render_duckdb.h"

namespace sluice::lakehouse::medallion {
namespace {

/// A column of cells (`\0` is NULL), the type that silver gives it, and the cells that silver then holds.
struct Case {
  std::vector<const char*> cells;
  const char* type;
  std::vector<const char*> silver;
};

const Case cases[] = {
    {{"1", "22", "-3"}, "BIGINT", {"1", "22", "-3"}},
    {{" 1 ", "2\t", nullptr}, "BIGINT", {"1", "2", nullptr}},
    {{"1", "NA", ""}, "BIGINT", {"1", nullptr, nullptr}},
    {{"NA", "Berlin", ""}, "VARCHAR", {"NA", "Berlin", nullptr}},
    {{"007", "008"}, "VARCHAR", {"007", "008"}},
    {{"+1", "2"}, "VARCHAR", {"+1", "2"}},
    {{"1.1", "1.10"}, "DECIMAL(3,2)", {"1.10", "1.10"}},
    {{"10.5", "2"}, "DECIMAL(3,1)", {"10.5", "2.0"}},
    {{"12345678901234567890", "1"},
     "DECIMAL(20,0)",
     {"12345678901234567890", "1"}},
    {{"1234567890123456789012345678901234567890", "1"},
     "VARCHAR",
     {"1234567890123456789012345678901234567890", "1"}},
    {{"-0.00", "1.00"}, "VARCHAR", {"-0.00", "1.00"}},
    {{"1e5", "2e5"}, "VARCHAR", {"1e5", "2e5"}},
    {{"12E5", "7"}, "VARCHAR", {"12E5", "7"}},
    {{"1.5e10", "2"}, "DOUBLE", {"15000000000.0", "2.0"}},
    {{"1,234.50", "7"}, "DECIMAL(6,2)", {"1234.50", "7.00"}},
    {{"1000", "1,000"}, "BIGINT", {"1000", "1000"}},
    {{"1,23", "7"}, "VARCHAR", {"1,23", "7"}},
    {{"True", "false"}, "BOOLEAN", {"true", "false"}},
    {{"yes", "no"}, "VARCHAR", {"yes", "no"}},
    {{"2025-01-31", "2024-02-29"}, "DATE", {"2025-01-31", "2024-02-29"}},
    {{"2025-02-30", "2024-02-29"}, "VARCHAR", {"2025-02-30", "2024-02-29"}},
    {{"31/01/2025", "01/02/2025"}, "DATE", {"2025-01-31", "2025-02-01"}},
    {{"01/31/2025", "01/02/2025"}, "DATE", {"2025-01-31", "2025-01-02"}},
    {{"03/04/2025", "01/02/2025"}, "VARCHAR", {"03/04/2025", "01/02/2025"}},
    {{"31.12.2024", "1.2.2025"}, "DATE", {"2024-12-31", "2025-02-01"}},
    {{"2024/01/31"}, "DATE", {"2024-01-31"}},
    {{"2025-01-31T10:00:00", "2025-01-31 11:30"},
     "TIMESTAMP",
     {"2025-01-31 10:00:00", "2025-01-31 11:30:00"}},
    {{"NaN", "1.5"}, "DECIMAL(2,1)", {nullptr, "1.5"}},
    {{"NA", "-"}, "VARCHAR", {nullptr, nullptr}},
    {{"", nullptr}, "VARCHAR", {nullptr, nullptr}},
    {{"it's", "\"q\""}, "VARCHAR", {"it's", "\"q\""}},
};

class PlanTest : public testing::Test {
 protected:
  duckdb::Database database_ = duckdb::Database::open(duckdb::job_settings(1, "256MB", "")).value();
  duckdb::Connection connection_ = database_.connect().value();

  void fill(const std::vector<const char*>& cells) {
    ASSERT_TRUE(connection_.query("CREATE OR REPLACE TABLE t (n INTEGER, \"The Cell\" VARCHAR)"));
    int row = 0;
    for (const char* cell : cells) {
      const std::string value = cell == nullptr ? "NULL" : quote_literal(cell);
      ASSERT_TRUE(connection_.query("INSERT INTO t VALUES (" + std::to_string(row++) + ", " +
                                    value + ")"));
    }
  }
};

TEST_F(PlanTest, TypesAndCells) {
  for (const Case& c : cases) {
    SCOPED_TRACE(c.cells[0]);
    fill(c.cells);
    Plan plan = make_plan(connection_, "t",
                          {{"n", "n", "INTEGER", ""}, {"The Cell", "The Cell", "VARCHAR", ""}})
                    .value();
    EXPECT_EQ(plan.columns[1].type, c.type);
    EXPECT_EQ(plan.columns[1].name, "the_cell");
    EXPECT_FALSE(plan.columns[1].reason.empty());
    // Stored and read again it is the same plan.
    plan = plan_from_json(to_json(plan)).value();
    const auto rows = connection_
                          .query("SELECT the_cell::VARCHAR FROM (" + silver_select(plan, "t") +
                                 ") ORDER BY n")
                          .value()
                          .rows_as_text();
    ASSERT_EQ(rows.size(), c.silver.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const std::optional<std::string> expected =
          c.silver[i] == nullptr ? std::nullopt : std::optional<std::string>(c.silver[i]);
      EXPECT_EQ(rows[i][0], expected);
    }
  }
}

TEST_F(PlanTest, TheFilesOwnNullWordCountsInItsTextToo) {
  ASSERT_TRUE(connection_.query(
      "CREATE TABLE f AS SELECT * FROM (VALUES ('NA', 'NA', 'x'), ('3', 'male', '-')) t(g, sex, c)"));
  const Plan plan = make_plan(connection_, "f",
                              {{"g", "g", "VARCHAR", ""}, {"sex", "sex", "VARCHAR", ""},
                               {"c", "c", "VARCHAR", ""}})
                        .value();
  const auto rows = connection_.query("FROM (" + silver_select(plan, "f") + ") ORDER BY g NULLS FIRST")
                        .value()
                        .rows_as_text();
  EXPECT_EQ(rows[0][1], std::nullopt);
  EXPECT_EQ(rows[1][1], "male");
  EXPECT_EQ(rows[1][2], "-");
}

TEST_F(PlanTest, ASurpriseFarBelowTheSampleCounts) {
  ASSERT_TRUE(connection_.query(
      "CREATE TABLE far AS SELECT CASE WHEN i = 9000 THEN 'x' ELSE i::VARCHAR END AS a "
      "FROM range(9001) r(i)"));
  const Plan plan = make_plan(connection_, "far", {{"a", "a", "VARCHAR", ""}}).value();
  EXPECT_EQ(plan.columns[0].type, "VARCHAR");
  EXPECT_NE(plan.columns[0].reason.find("\"x\""), std::string::npos);
}

TEST_F(PlanTest, AllColumnsOfAWideTable) {
  std::string list;
  std::vector<Column> columns;
  for (int i = 0; i < 500; ++i) {
    const std::string name = "c" + std::to_string(i);
    list += (list.empty() ? "'" : ", '") + std::to_string(i) + "' AS " + name;
    columns.push_back({name, name, "VARCHAR", ""});
  }
  ASSERT_TRUE(connection_.query("CREATE TABLE wide AS SELECT " + list));
  const Plan plan = make_plan(connection_, "wide", columns).value();
  for (const SilverColumn& column : plan.columns) EXPECT_EQ(column.type, "BIGINT");
}

TEST_F(PlanTest, MisfitsGoToQuarantineWholeAndTheArithmeticHolds) {
  fill({"1", "1", "x", "2"});
  ASSERT_TRUE(connection_.query("UPDATE t SET n = 0"));
  Plan plan;
  plan.columns = {{"n", "n", "INTEGER", Transform::keep, "", {}, ""},
                  {"The Cell", "cell", "BIGINT", Transform::cast, "", {""}, ""}};
  EXPECT_EQ(connection_.query_int("SELECT count(*) FROM (" + silver_select(plan, "t") + ")"), 2);
  EXPECT_EQ(connection_.query_int(quarantine_count(plan, "t")), 1);
  const auto rows = connection_.query(quarantine_select(plan, "t")).value().rows_as_text();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0][1], "x");
  EXPECT_EQ(rows[0][2], "The Cell");
}

}  // namespace
}  // namespace sluice::lakehouse::medallion
