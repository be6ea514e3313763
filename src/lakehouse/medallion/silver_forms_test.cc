// Columns of numbers with marks, symbols and signs, of pairs of words, of dates with months by
// name: what silver makes of them, and what stays text.
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

std::optional<std::string> text_or_null(const boost::json::value& value) {
  if (value.is_null()) return std::nullopt;
  return std::string(value.as_string());
}

class SilverForms : public testing::Test {
 protected:
  duckdb::Database database_ =
      duckdb::Database::open(duckdb::job_settings({.memory_bytes = 256'000'000, .threads = 1}))
          .value();
  duckdb::Connection connection_ = database_.connect().value();

  /// A row for each cell, numbered, with the same cell beside each.
  void fill(const std::vector<std::optional<std::string>>& cells, const std::string& beside) {
    std::string rows;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      rows += (i == 0 ? "(" : ", (") + std::to_string(i) + ", " +
              (cells[i] ? quote_literal(*cells[i]) : "NULL::VARCHAR") + ", " +
              quote_literal(beside) + ")";
    }
    ASSERT_TRUE(connection_.query("CREATE OR REPLACE TABLE t AS SELECT * FROM (VALUES " + rows +
                                  ") v(n, \"The Cell\", beside)"));
  }
};

/// What a case says of its source: `"delimiter"`, `"decimal_mark"`, `"numbers": true`.
PlanSource source_of(const boost::json::object& c) {
  const auto character = [&](const char* name) {
    const boost::json::value* given = c.if_contains(name);
    return given == nullptr ? '\0' : given->as_string().front();
  };
  PlanSource source;
  source.delimiter = character("delimiter");
  source.decimal_mark = character("decimal_mark");
  source.takes_decimal_mark = source.delimiter != 0;
  if (c.contains("numbers")) source.of_numbers = {"The Cell"};
  return source;
}

/// testdata/form_cases.json: columns that only a form of their own makes a number or boolean. With
/// `"beside"`, a cell of another column, which shows what marks mean; with `"times"`, the cells
/// come so often. `silver` are the cells of the first time.
TEST_F(SilverForms, ColumnsWithAFormOfTheirOwn) {
  const std::string path = std::string(SLUICE_TESTDATA) + "/form_cases.json";
  const boost::json::value cases = boost::json::parse(read_file(path).value());
  for (const boost::json::value& each : cases.as_array()) {
    const boost::json::object& c = each.as_object();
    SCOPED_TRACE(boost::json::serialize(each));
    std::vector<std::optional<std::string>> cells;
    const std::int64_t times = c.contains("times") ? c.at("times").as_int64() : 1;
    for (std::int64_t i = 0; i < times; ++i) {
      for (const boost::json::value& cell : c.at("cells").as_array()) {
        cells.push_back(text_or_null(cell));
      }
    }
    fill(cells, c.contains("beside") ? std::string(c.at("beside").as_string()) : "x");
    Plan plan = make_plan(connection_, "t",
                          {{"n", "n", "INTEGER", ""},
                           {"The Cell", "The Cell", "VARCHAR", ""},
                           {"beside", "beside", "VARCHAR", ""}},
                          source_of(c))
                    .value();
    EXPECT_EQ(plan.columns[1].type, std::string(c.at("type").as_string()));
    if (c.contains("reason")) {
      EXPECT_EQ(plan.columns[1].reason, std::string(c.at("reason").as_string()));
    }
    plan = plan_from_json(to_json(plan)).value();
    EXPECT_EQ(connection_.query_int(quarantine_count(plan, "t")), 0);
    if (!c.contains("silver")) continue;
    const auto rows =
        connection_
            .query("SELECT the_cell::VARCHAR FROM (" + silver_select(plan, "t") + ") ORDER BY n")
            .value()
            .rows_as_text();
    const boost::json::array& silver = c.at("silver").as_array();
    ASSERT_EQ(rows.size(), cells.size());
    for (std::size_t i = 0; i < silver.size(); ++i) EXPECT_EQ(rows[i][0], text_or_null(silver[i]));
  }
}

/// The first rows do not show what comes: each kind of cell far below them counts.
TEST_F(SilverForms, ASurpriseFarBelowTheFirstRowsCounts) {
  const auto type = [&](const std::string& usual, const std::string& last) {
    EXPECT_TRUE(connection_.query("CREATE OR REPLACE TABLE far AS SELECT CASE WHEN i = 9000 THEN " +
                                  quote_literal(last) + " ELSE " + usual +
                                  " END AS a FROM range(9001) r(i)"));
    const Plan plan =
        make_plan(connection_, "far", {{"a", "a", "VARCHAR", ""}}, {.delimiter = ';'}).value();
    EXPECT_EQ(connection_.query_int(quarantine_count(plan, "far")), 0);
    return plan.columns[0].type;
  };
  EXPECT_EQ(type("'$' || i", "$1,234,567.25"), "DECIMAL(9,2)");
  EXPECT_EQ(type("'$' || i", "($5)"), "DECIMAL(4,0)");
  EXPECT_EQ(type("'$' || i", "5"), "VARCHAR");
  EXPECT_EQ(type("'' || i", "1,234,567"), "BIGINT");
  EXPECT_EQ(type("'' || i", "1,234"), "VARCHAR");
  EXPECT_EQ(type("i || ',5'", "x"), "VARCHAR");
  EXPECT_EQ(type("i || '.5'", "1e-7"), "DOUBLE");
  EXPECT_EQ(type("CASE WHEN i % 2 = 0 THEN 'Yes' ELSE 'No' END", "Maybe"), "VARCHAR");
  EXPECT_EQ(type("NULL", "$5"), "DECIMAL(1,0)");
}

}  // namespace
}  // namespace sluice::lakehouse::medallion
