// What silver makes of columns: testdata/plan_cases.json and the plan's SQL, run by a real
// engine. Plans are stored, so that a case may be added but not changed.
#include <gtest/gtest.h>

#include <optional>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/files.h"
#include "base/sql_text.h"
#include "lakehouse/medallion/duckdb/render_duckdb.h"
#include "lakehouse/medallion/silver_plan_maker.h"

namespace sluice::lakehouse::medallion {
namespace {

/// testdata/plan_cases.json: columns of cells, the type that silver gives them, and the cells that
/// it then holds.
boost::json::array cases() {
  const std::string path = std::string(SLUICE_TESTDATA) + "/plan_cases.json";
  return boost::json::parse(read_file(path).value()).as_array();
}

std::optional<std::string> text_or_null(const boost::json::value& value) {
  if (value.is_null()) return std::nullopt;
  return std::string(value.as_string());
}

class PlanTest : public testing::Test {
 protected:
  duckdb::Database database_ =
      duckdb::Database::open(duckdb::job_settings({.memory_bytes = 256'000'000, .threads = 1}))
          .value();
  duckdb::Connection connection_ = database_.connect().value();

  void fill(const std::vector<std::optional<std::string>>& cells) {
    ASSERT_TRUE(connection_.query("CREATE OR REPLACE TABLE t (n INTEGER, \"The Cell\" VARCHAR)"));
    int row = 0;
    for (const std::optional<std::string>& cell : cells) {
      const std::string value = cell ? quote_literal(*cell) : "NULL";
      ASSERT_TRUE(
          connection_.query("INSERT INTO t VALUES (" + std::to_string(row++) + ", " + value + ")"));
    }
  }

  std::string reason(const std::vector<std::optional<std::string>>& cells) {
    fill(cells);
    return make_plan(connection_, "t", {{"The Cell", "The Cell", "VARCHAR", ""}})
        .value()
        .columns[0]
        .reason;
  }
};

TEST_F(PlanTest, TypesAndCells) {
  ASSERT_TRUE(connection_.query("SET TimeZone = 'UTC'"));
  for (const boost::json::value& c : cases()) {
    SCOPED_TRACE(boost::json::serialize(c));
    std::vector<std::optional<std::string>> cells;
    for (const boost::json::value& cell : c.at("cells").as_array()) {
      cells.push_back(text_or_null(cell));
    }
    fill(cells);
    Plan plan = make_plan(connection_, "t",
                          {{"n", "n", "INTEGER", ""}, {"The Cell", "The Cell", "VARCHAR", ""}})
                    .value();
    EXPECT_EQ(plan.columns[1].type, std::string(c.at("type").as_string()));
    EXPECT_EQ(plan.columns[1].name, "the_cell");
    EXPECT_FALSE(plan.columns[1].reason.empty());
    // Stored and read again it is the same plan.
    plan = plan_from_json(to_json(plan)).value();
    const auto rows =
        connection_
            .query("SELECT the_cell::VARCHAR FROM (" + silver_select(plan, "t") + ") ORDER BY n")
            .value()
            .rows_as_text();
    const boost::json::array& silver = c.at("silver").as_array();
    ASSERT_EQ(rows.size(), silver.size());
    for (std::size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(rows[i][0], text_or_null(silver[i]));
    EXPECT_EQ(connection_.query_int(quarantine_count(plan, "t")), 0);
  }
}

TEST_F(PlanTest, ReasonsNameTheCell) {
  EXPECT_EQ(reason({"1", "2", "x7"}), "Text: \"x7\" is not a whole number, which other cells are.");
  EXPECT_EQ(reason({"a", "b"}), "Text: \"a\" is neither a number nor a date.");
  EXPECT_EQ(reason({"01/02/2025"}),
            "Text: dates of which no cell tells whether day or month comes first.");
  EXPECT_EQ(reason({"12345678901234567890.1", "0.1234567890123456789"}),
            "Text: numbers of more digits than a DECIMAL holds.");
  EXPECT_EQ(reason({"NA"}), "Every cell is blank or a null word.");
  EXPECT_EQ(reason({"1", "NA"}), "Each cell is a whole number. 1 null word becomes NULL.");
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
  EXPECT_EQ(connection_.query_int("SELECT count(*) FROM (" + silver_select(plan, "wide") + ")"), 1);
  EXPECT_EQ(connection_.query_int(quarantine_count(plan, "wide")), 0);
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

TEST_F(PlanTest, OnlyRowsAlikeInBronzeAreDuplicates) {
  fill({"2.1", "2.10", "2.1", " 2.1", "2.2", "NA", ""});
  ASSERT_TRUE(connection_.query("UPDATE t SET n = 0"));
  const auto silver = [&](const Plan& plan) {
    return connection_.query_int("SELECT count(*) FROM (" + silver_select(plan, "t") + ")").value();
  };
  Plan plan = make_plan(connection_, "t",
                        {{"n", "n", "INTEGER", ""}, {"The Cell", "The Cell", "VARCHAR", ""}})
                  .value();
  EXPECT_EQ(plan.columns[1].type, "DECIMAL(3,2)");
  EXPECT_EQ(silver(plan), 6);
  plan.duplicates_by = std::nullopt;
  EXPECT_EQ(silver(plan), 3) << "as a plan that was stored before says";
  plan.remove_duplicates = false;
  EXPECT_EQ(silver(plan), 7);
}

TEST_F(PlanTest, OfRowsAlikeInBronzeThoseThatDoNotFitAreAllInQuarantine) {
  fill({"x", "x", "1", "1", " 1", ""});
  ASSERT_TRUE(connection_.query("UPDATE t SET n = 0"));
  Plan plan;
  plan.duplicates_by = DuplicatesBy::bronze;
  plan.columns = {{"n", "misfit", "INTEGER", Transform::keep, "", {}, ""},
                  {"The Cell", "cell", "BIGINT", Transform::cast, "", {""}, ""}};
  const auto rows = connection_.query("FROM (" + silver_select(plan, "t") + ") ORDER BY cell")
                        .value()
                        .rows_as_text();
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].size(), 2U) << "no column of ours";
  EXPECT_EQ(rows[0][1], "1");
  EXPECT_EQ(rows[2][1], std::nullopt);
  EXPECT_EQ(connection_.query_int(quarantine_count(plan, "t")), 2);
}

TEST_F(PlanTest, WhatDuckDbWouldRoundGoesToQuarantine) {
  const auto silver_and_quarantine = [&](const char* type, Transform transform,
                                         const std::vector<std::optional<std::string>>& cells) {
    fill(cells);
    Plan plan;
    plan.columns = {{"The Cell", "cell", type, transform, "", {""}, ""}};
    const std::int64_t silver =
        connection_.query_int("SELECT count(*) FROM (" + silver_select(plan, "t") + ")").value();
    const std::int64_t quarantined = connection_.query_int(quarantine_count(plan, "t")).value();
    return std::pair(silver, quarantined);
  };
  using Counts = std::pair<std::int64_t, std::int64_t>;
  EXPECT_EQ(silver_and_quarantine("BIGINT", Transform::cast, {"1.5", "12E5", "007", "+1", "4"}),
            Counts(1, 4));
  EXPECT_EQ(
      silver_and_quarantine("DECIMAL(5,2)", Transform::cast, {"1.234", "12345.1", "-0.057", "1.2"}),
      Counts(1, 3));
  EXPECT_EQ(silver_and_quarantine("DECIMAL(9,2)", Transform::thousands, {"1,23", "1,234.5"}),
            Counts(1, 1));
  EXPECT_EQ(silver_and_quarantine("BOOLEAN", Transform::cast, {"t", "1", "yes", "TRUE"}),
            Counts(1, 3));
}

TEST_F(PlanTest, ASilverNameMayBeAnotherBronzeColumns) {
  ASSERT_TRUE(connection_.query(
      "CREATE OR REPLACE TABLE t AS SELECT 'x' AS \"A B\", '1' AS a_b, '2' AS _column"));
  Plan plan;
  plan.columns = {{"A B", "a_b", "BIGINT", Transform::cast, "", {""}, ""},
                  {"a_b", "a_b_2", "BIGINT", Transform::cast, "", {""}, ""},
                  {"_column", "column", "BIGINT", Transform::cast, "", {""}, ""}};
  EXPECT_EQ(connection_.query_int("SELECT count(*) FROM (" + silver_select(plan, "t") + ")"), 0);
  const auto rows = connection_.query(quarantine_select(plan, "t")).value().rows_as_text();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0][3], "A B");
  EXPECT_EQ(rows[0][4], "\"x\" is not a BIGINT");
  EXPECT_EQ(quarantine_marks(plan).column, "_column_2");
}

/// Of columns of one kind; the statements that a sync and a query make of them.
class WidePlanTest : public PlanTest, public testing::WithParamInterface<const char*> {};

TEST_P(WidePlanTest, TwoThousandColumnsInTheMemoryOfAQuery) {
  constexpr int width = 2000;
  duckdb::Database database =
      duckdb::Database::open(duckdb::job_settings({.memory_bytes = 1'000'000'000, .threads = 2}))
          .value();
  duckdb::Connection connection = database.connect().value();
  std::string list;
  std::vector<Column> columns;
  for (int i = 0; i < width; ++i) {
    const std::string name = "c" + std::to_string(i);
    std::string cell = GetParam();
    for (std::size_t at = 0; (at = cell.find('$', at)) != std::string::npos;) {
      cell.replace(at, 1, std::to_string(i));
    }
    list += (list.empty() ? "" : ", ") + cell + " AS " + name;
    columns.push_back({name, name, "VARCHAR", ""});
  }
  ASSERT_TRUE(connection.query("CREATE TABLE wide AS SELECT " + list + " FROM range(3) t(r)"));
  const Plan plan = make_plan(connection, "wide", columns).value();
  for (const std::string& select : {silver_select(plan, "wide"), quarantine_select(plan, "wide")}) {
    const Result<duckdb::QueryResult> rows = connection.query(select);
    ASSERT_TRUE(rows) << rows.error().detail.substr(0, 300);
  }
  const auto silver =
      connection.query_int("SELECT count(*) FROM (" + silver_select(plan, "wide") + ")");
  ASSERT_TRUE(silver) << silver.error().detail.substr(0, 300);
  EXPECT_GE(*silver, 1);
  EXPECT_EQ(connection.query_int(quarantine_count(plan, "wide")), 0);
}

INSTANTIATE_TEST_SUITE_P(Kinds, WidePlanTest,
                         testing::Values("NULL::VARCHAR", "'text ' || (r + $)",
                                         "format('{:,}', 1000 + r + $)", "(r % 3) || '.5' || $",
                                         "strftime(DATE '2024-01-13' + r::INTEGER, '%d.%m.%Y')"));

TEST_F(PlanTest, WhatIsTrimmedIsBlanksTabsAndLineEndsAtTheEnds) {
  fill({"a", " a", "a ", "\ta", "a\t", "\ra\n", " ! ", "!", "\x01", "", " \t", std::nullopt});
  Plan plan;
  plan.columns = {{"The Cell", "cell", "VARCHAR", Transform::text, "", {"", "!"}, ""}};
  plan.remove_duplicates = false;
  const auto rows = connection_.query(silver_select(plan, "t")).value().rows_as_text();
  std::vector<std::optional<std::string>> cells;
  for (const auto& row : rows) cells.push_back(row[0]);
  const std::vector<std::optional<std::string>> wanted = {
      "a",          "a",          "a",    "a",          "a",          "a",
      std::nullopt, std::nullopt, "\x01", std::nullopt, std::nullopt, std::nullopt};
  EXPECT_EQ(cells, wanted);
}

TEST_F(PlanTest, ARowThatDoesNotFitIsNotTheOneThatItsBlanksLookLike) {
  Plan plan;
  plan.columns = {{"n", "n", "INTEGER", Transform::keep, "", {}, ""},
                  {"The Cell", "cell", "BIGINT", Transform::cast, "", {""}, ""}};
  const auto silver = [&] {
    return connection_.query_int("SELECT count(*) FROM (" + silver_select(plan, "t") + ")").value();
  };
  fill({"x", "y"});
  ASSERT_TRUE(connection_.query("UPDATE t SET n = 0"));
  EXPECT_EQ(silver(), 0);
  fill({"x", "", "y", std::nullopt});
  ASSERT_TRUE(connection_.query("UPDATE t SET n = 0"));
  EXPECT_EQ(silver(), 1);
  EXPECT_EQ(connection_.query_int(quarantine_count(plan, "t")), 2);
  plan.remove_duplicates = false;
  EXPECT_EQ(silver(), 2);
}

TEST_F(PlanTest, OfManyMisfitsTheFirstColumnIsNamed) {
  // More of a kind than stand in one list, and kinds in turn.
  constexpr int width = 450;
  std::string list;
  Plan plan;
  for (int i = 0; i < width; ++i) {
    const std::string name = "c" + std::to_string(i);
    const bool is_wrong = i == 431 || i == 432 || i == 449;
    list += (list.empty() ? "'" : ", '") + std::string(is_wrong ? "x" : "1") + std::to_string(i) +
            "' AS " + name;
    plan.columns.push_back(
        {name, name, i % 2 == 0 ? "BIGINT" : "DOUBLE", Transform::cast, "", {""}, ""});
  }
  ASSERT_TRUE(connection_.query("CREATE TABLE many AS SELECT " + list));
  const auto rows = connection_.query(quarantine_select(plan, "many")).value().rows_as_text();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0][0], "10");
  EXPECT_EQ(rows[0][431], "x431");
  EXPECT_EQ(rows[0][width], "c431");
  EXPECT_EQ(rows[0][width + 1], "\"x431\" is not a DOUBLE");
}

}  // namespace
}  // namespace sluice::lakehouse::medallion
