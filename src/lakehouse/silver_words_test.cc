// Words for nothing in a plan: guessed by the file, or named by the user.
#include <gtest/gtest.h>

#include <optional>

#include "lakehouse/medallion/duckdb/render_duckdb.h"
#include "lakehouse/medallion/silver_plan_maker.h"

namespace sluice::lakehouse::medallion {
namespace {

using Cells = std::vector<std::optional<std::string>>;

class PlanWords : public testing::Test {
 protected:
  duckdb::Database database_ =
      duckdb::Database::open(duckdb::job_settings({.memory_bytes = 256'000'000, .threads = 1}))
          .value();
  duckdb::Connection connection_ = database_.connect().value();
  Plan plan_;  ///< Of the last question.

  /// What silver makes of the last of the columns c0, c1, …; `values` as VALUES has them.
  Cells last_of_silver(const std::string& values, std::size_t width,
                       const NamedNullTokens& named = {}) {
    std::string names;
    std::vector<Column> columns;
    for (std::size_t i = 0; i < width; ++i) {
      const std::string name = "c" + std::to_string(i);
      names += (names.empty() ? "" : ", ") + name;
      columns.push_back({name, name, "VARCHAR", ""});
    }
    EXPECT_TRUE(connection_.query("CREATE OR REPLACE TABLE w AS SELECT * FROM (VALUES " + values +
                                  ") w(" + names + ")"));
    plan_ = make_plan(connection_, "w", columns, {.null_tokens = named}).value();
    plan_.remove_duplicates = false;
    std::vector<std::optional<std::string>> cells;
    const auto rows = connection_.query(silver_select(plan_, "w")).value().rows_as_text();
    for (const auto& row : rows) cells.push_back(row.back());
    return cells;
  }
};

TEST_F(PlanWords, TheFilesOwnNullWordCountsInItsTextToo) {
  ASSERT_TRUE(
      connection_.query("CREATE TABLE f AS SELECT * FROM (VALUES ('NA', 'NA', 'x'), ('3', 'male', "
                        "'-')) t(g, sex, c)"));
  const Plan plan =
      make_plan(
          connection_, "f",
          {{"g", "g", "VARCHAR", ""}, {"sex", "sex", "VARCHAR", ""}, {"c", "c", "VARCHAR", ""}})
          .value();
  const auto rows =
      connection_.query("FROM (" + silver_select(plan, "f") + ") ORDER BY g NULLS FIRST")
          .value()
          .rows_as_text();
  EXPECT_EQ(rows[0][1], std::nullopt);
  EXPECT_EQ(rows[1][1], "male");
  EXPECT_EQ(rows[1][2], "-");
}

TEST_F(PlanWords, AWordThatLooksLikeItsColumnStays) {
  EXPECT_EQ(last_of_silver("('NA', 'NR'), ('5', 'NA'), ('7', 'NO')", 2), (Cells{"NR", "NA", "NO"}));
  EXPECT_EQ(plan_.columns[0].type, "BIGINT");
  EXPECT_EQ(plan_.columns[1].reason,
            "Text: \"NO\" is neither a number nor a date. \"NA\" stays text, as \"NO\" beside it: "
            "null_tokens settles it.");
  EXPECT_EQ(last_of_silver("('-', '+'), ('5', '-')", 2), (Cells{"+", "-"}));
  EXPECT_EQ(last_of_silver("('33', 'Null'), ('null', 'Smith'), ('41', 'null')", 2),
            (Cells{"Null", "Smith", "null"}));
}

TEST_F(PlanWords, AWordThatStandsOutIsNothing) {
  EXPECT_EQ(last_of_silver("('N/A', 'N/A'), ('5', 'Arrived late'), ('7', ' N/A ')", 2),
            (Cells{std::nullopt, "Arrived late", std::nullopt}));
  EXPECT_EQ(plan_.columns[1].reason,
            "Text: \"Arrived late\" is neither a number nor a date. \"N/A\" becomes NULL as "
            "elsewhere in the file: null_tokens settles it.");
  // No typed column says that it is nothing.
  EXPECT_EQ(last_of_silver("('6', 'N/A'), ('5', 'Arrived late')", 2),
            (Cells{"N/A", "Arrived late"}));
  // The word of a dump.
  EXPECT_EQ(last_of_silver("('x', '\\N'), ('y', '5')", 2), (Cells{std::nullopt, "5"}));
  EXPECT_EQ(plan_.columns[1].type, "BIGINT");
}

TEST_F(PlanWords, AWideTableIsAskedAtOnce) {
  std::string cells;
  std::vector<Column> columns = {{"n", "n", "VARCHAR", ""}};
  for (int i = 0; i < 450; ++i) {
    const std::string name = "c" + std::to_string(i);
    cells += ", CASE WHEN r = 1 AND " + std::to_string(i % 2) + " = 0 THEN 'NA ' ELSE '" +
             (i % 4 == 0 ? "NR" : "male") + "' END AS " + name;
    columns.push_back({name, name, "VARCHAR", ""});
  }
  const std::vector<std::string> none;
  NamedNullTokens named(columns.size(), nullptr);
  named[3] = &none;
  const Plan plan = make_plan(connection_,
                              "(SELECT CASE WHEN r = 0 THEN 'NA' ELSE '5' END AS n" + cells +
                                  " FROM range(2) t(r))",
                              columns, {.null_tokens = named})
                        .value();
  for (std::size_t i = 1; i < columns.size(); ++i) {
    const bool is_nothing = (i - 1) % 4 == 2 && i != 3;
    EXPECT_EQ(plan.columns[i].null_tokens.size(), is_nothing ? 2U : 1U) << columns[i].name;
  }
}

TEST_F(PlanWords, AWordThatComesWithGapsIsNothing) {
  // Measures of animals: where the sex is not known, other values lack too.
  const std::string gaps =
      "(SELECT CASE WHEN r < 4 THEN 'NA' ELSE r::VARCHAR END AS mass, "
      "CASE WHEN r < 5 THEN 'NA' WHEN r % 2 = 0 THEN 'MALE' ELSE 'FEMALE' "
      "END AS sex FROM range(60) t(r))";
  const std::vector<Column> columns = {{"mass", "mass", "VARCHAR", ""},
                                       {"sex", "sex", "VARCHAR", ""}};
  Plan plan = make_plan(connection_, gaps, columns).value();
  EXPECT_EQ(plan.columns[1].null_tokens, (std::vector<std::string>{"", "NA"}));
  // The same beside each other by chance.
  const std::string chance =
      "(SELECT CASE WHEN r % 6 = 0 THEN 'NA' ELSE r::VARCHAR END AS mass, "
      "CASE r % 5 WHEN 0 THEN 'NA' WHEN 1 THEN 'EMEA' ELSE 'APAC' END AS "
      "sex FROM range(60) t(r))";
  plan = make_plan(connection_, chance, columns).value();
  EXPECT_EQ(plan.columns[1].null_tokens, (std::vector<std::string>{""}));
}

TEST_F(PlanWords, WordsThatTheUserNamedHoldAndNoOthers) {
  const std::vector<std::string> none;
  const std::vector<std::string> some = {"", "it's", "999", "x y"};
  EXPECT_EQ(last_of_silver("('NA'), ('5')", 1, {&none}), (Cells{"NA", "5"}));
  EXPECT_EQ(plan_.columns[0].reason,
            "Text: \"NA\" is not a whole number, which other cells are. null_tokens does not name "
            "it.");
  EXPECT_EQ(last_of_silver("('999'), ('x y'), (' it''s '), ('5')", 1, {&some}),
            (Cells{std::nullopt, std::nullopt, std::nullopt, "5"}));
  EXPECT_EQ(plan_.columns[0].type, "BIGINT");
  EXPECT_EQ(plan_.columns[0].null_tokens.size(), 4U) << "the blank one and those that are there";
  EXPECT_EQ(last_of_silver("('x y '), ('NO'), ('')", 1, {&some}),
            (Cells{std::nullopt, "NO", std::nullopt}));
  // Of one column; the other is guessed.
  EXPECT_EQ(last_of_silver("('NA', 'NA'), ('5', '7')", 2, {&none, nullptr}),
            (Cells{std::nullopt, "7"}));
  EXPECT_EQ(plan_.columns[0].type, "VARCHAR");
  EXPECT_EQ(last_of_silver("('-', 'NA'), ('5', 'male')", 2, {nullptr, &none}),
            (Cells{"NA", "male"}));
}

}  // namespace
}  // namespace sluice::lakehouse::medallion
