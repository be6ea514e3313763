// How many rows may be asked for. Pure; a mistake here is a wrong answer with status 200.
#include "federation/plan_rows.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include <boost/json/parse.hpp>

namespace sluice::federation {
namespace {

namespace json = boost::json;

/// A plan of these nodes, the outermost first, above a scan.
json::value plan(const std::vector<std::string>& names, const std::string& filters = "") {
  std::string text =
      R"([{"name":"READ_PARQUET","children":[],"extra_info":{"Projections":"a")" + filters + "}}]";
  for (auto name = names.rbegin(); name != names.rend(); ++name) {
    text = R"([{"name":")" + *name + R"(","extra_info":{},"children":)" + text + "}]";
  }
  return json::parse(text);
}

query::ParsedStatement limited(std::optional<std::int64_t> rows) {
  query::ParsedStatement statement;
  statement.limit_clauses = 1;
  statement.has_limit = true;
  statement.limit = rows;
  return statement;
}

TEST(PlanRows, without_a_limit_are_those_of_the_answer_and_one) {
  EXPECT_EQ(rows_needed(plan({}), {}, 100), 101);
  EXPECT_EQ(rows_needed(plan({"PROJECTION"}), {}, 100), 101);
  EXPECT_EQ(rows_needed(plan({}), {}, std::numeric_limits<std::int64_t>::max()), std::nullopt);
}

TEST(PlanRows, with_one_limit_are_its_own) {
  EXPECT_EQ(rows_needed(plan({"STREAMING_LIMIT"}), limited(7), 100), 7);
  EXPECT_EQ(rows_needed(plan({"LIMIT", "PROJECTION"}), limited(700), 100), 700);
  EXPECT_EQ(rows_needed(plan({"LIMIT"}), limited(std::nullopt), 100), std::nullopt);
}

/// Each limit of the plan but the innermost takes its rows from what the one below it left.
TEST(PlanRows, are_all_where_an_offset_or_a_second_limit_stands_anywhere) {
  query::ParsedStatement nested = limited(5);
  nested.limit_clauses = 2;
  nested.has_offset = true;
  EXPECT_EQ(rows_needed(plan({"LIMIT", "STREAMING_LIMIT"}), nested, 100), std::nullopt);
  EXPECT_EQ(rows_needed(plan({"LIMIT"}), nested, 100), std::nullopt);
  nested.has_offset = false;
  EXPECT_EQ(rows_needed(plan({"STREAMING_LIMIT", "STREAMING_LIMIT"}), nested, 100), std::nullopt);
  query::ParsedStatement offset = limited(5);
  offset.has_offset = true;
  EXPECT_EQ(rows_needed(plan({"STREAMING_LIMIT"}), offset, 100), std::nullopt);
}

/// The engine may find that a limit changes nothing: then the answer's bound is another one.
TEST(PlanRows, are_all_where_plan_and_text_do_not_agree) {
  EXPECT_EQ(rows_needed(plan({}), limited(20'000), 100), std::nullopt);
  EXPECT_EQ(rows_needed(plan({"LIMIT"}), {}, 100), std::nullopt);
}

TEST(PlanRows, are_all_where_rows_do_not_flow_straight_through) {
  for (const char* name : {"FILTER", "HASH_GROUP_BY", "ORDER_BY", "TOP_N", "UNNEST"}) {
    EXPECT_EQ(rows_needed(plan({"LIMIT", name}), limited(7), 100), std::nullopt) << name;
  }
  EXPECT_EQ(rows_needed(plan({}, R"(,"Filters":"a=5")"), {}, 9), std::nullopt);
  EXPECT_EQ(rows_needed(json::value(), {}, 9), std::nullopt);
  EXPECT_EQ(rows_needed(json::parse(R"([{"name":"READ_PARQUET"}])"), {}, 9), std::nullopt);
}

}  // namespace
}  // namespace sluice::federation
