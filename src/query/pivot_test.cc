// PIVOTs without named values, over HTTP's own worker: two steps that are one query.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/sql_text.h"
#include "query/query_test_support.h"
#include "query/worker/pivot_values.h"

namespace sluice::query {
namespace {

class PivotTest : public QueryTest {
 protected:
  /// The names of the columns, then the rows.
  static std::string table(const QueryRequest& request) {
    const Result<QueryAnswer> answer = pool->run(request);
    if (!answer) return to_line(answer.error());
    std::string text;
    for (const AnswerColumn& column : answer->columns) text += column.name + " ";
    return text + answer->rows;
  }
  static std::string table(const std::string& sql) { return table(request(sql)); }
};

TEST_F(PivotTest, is_answered_as_if_its_values_were_named) {
  const std::pair<const char*, const char*> pairs[] = {
      {"PIVOT dataset ON region USING sum(amount) GROUP BY id ORDER BY id",
       "PIVOT dataset ON region IN ('north', 'south') USING sum(amount) GROUP BY id ORDER BY id"},
      {"WITH p AS (PIVOT dataset ON region USING count(*) GROUP BY day) FROM p ORDER BY day",
       "WITH p AS (PIVOT dataset ON region IN ('north', 'south') USING count(*) GROUP BY day) "
       "FROM p ORDER BY day"},
      {"SELECT * FROM (PIVOT dataset ON id % 3, region USING max(id) AS m GROUP BY tags)",
       "SELECT * FROM (PIVOT dataset ON id % 3 IN ('0', '1', '2'), region IN ('north', 'south') "
       "USING max(id) AS m GROUP BY tags)"},
      {"PIVOT (SELECT id, region FROM dataset WHERE id < 2) ON region",
       "PIVOT (SELECT id, region FROM dataset WHERE id < 2) ON region IN ('south')"},
      {"WITH t(a, b) AS (VALUES ('x', 1), ('it''s', 2), (NULL, 3)) PIVOT t ON a USING sum(b)",
       "WITH t(a, b) AS (VALUES ('x', 1), ('it''s', 2), (NULL, 3)) PIVOT t ON a IN ('it''s', 'x') "
       "USING sum(b)"}};
  for (const auto& [without, with] : pairs) {
    EXPECT_EQ(table(without), table(with)) << without;
    EXPECT_EQ(table(with).find("query_"), std::string::npos) << table(with);
  }
  EXPECT_EQ(table("PIVOT dataset ON region USING count(*) GROUP BY region ORDER BY region"),
            "region north south [[\"north\",3,0],[\"south\",0,3]]");
}

TEST_F(PivotTest, of_a_pivot_finds_its_columns) {
  EXPECT_EQ(
      table("PIVOT (PIVOT (SELECT id, region FROM dataset) ON region USING count(*)) ON north "
            "USING sum(id) GROUP BY south ORDER BY south"),
      "south 0 1 [[0,null,12],[1,9,null]]");
}

TEST_F(PivotTest, over_nothing_has_no_columns) {
  EXPECT_EQ(table("PIVOT (FROM dataset WHERE id > 99) ON region USING sum(amount) GROUP BY id"),
            "id []");
}

TEST_F(PivotTest, takes_parameters_in_either_step) {
  QueryRequest asked = request(
      "PIVOT (FROM dataset WHERE id > $least) ON region || $mark USING sum(id) GROUP BY tags");
  asked.parameters = {{"least", std::int64_t{4}}, {"mark", std::string("!")}};
  EXPECT_EQ(table(asked), "tags north! south! [[[\"a\",\"b\"],6,5]]");
  asked = request(
      "SELECT ? AS x, * FROM (PIVOT (FROM dataset WHERE id > ?) ON region USING sum(id) GROUP BY "
      "tags)");
  asked.parameters = {{"1", std::string("a")}, {"2", std::int64_t{5}}};
  EXPECT_EQ(table(asked), "x tags north [[\"a\",[\"a\",\"b\"],6]]");
  asked.parameters.pop_back();
  EXPECT_EQ(pool->run(asked).error().code, "query_parameters");
  asked.parameters = {{"1", std::string("a")}, {"2", std::int64_t{5}}, {"3", true}};
  EXPECT_EQ(pool->run(asked).error().code, "query_parameters");
}

TEST_F(PivotTest, asks_anew_each_time_and_leaves_nothing) {
  QueryRequest asked =
      request("PIVOT (FROM dataset WHERE id = $1) ON region USING sum(id) GROUP BY id");
  for (std::int64_t id = 1; id <= 3; ++id) {
    asked.parameters = {{"1", id}};
    const std::string region = id % 2 == 0 ? "north" : "south";
    EXPECT_EQ(table(asked),
              "id " + region + " [[" + std::to_string(id) + "," + std::to_string(id) + "]]");
  }
  EXPECT_EQ(rows("SELECT count(*) FROM dataset"), "[[6]]");
  // An error within is as good as none for the next one.
  EXPECT_TRUE(
      refusal("PIVOT dataset ON region USING sum(region::INT)").starts_with("query_failed"));
  EXPECT_EQ(rows("SELECT count(*) FROM dataset"), "[[6]]");
}

TEST_F(PivotTest, sees_one_time_in_both_steps) {
  EXPECT_EQ(table("SELECT count(COLUMNS(*)) FROM (PIVOT (SELECT now() AS t) ON t USING count(*))")
                .substr(0, 2),
            "20");
  const std::string rows_of_both =
      rows("SELECT * FROM (PIVOT (SELECT now() AS t, 7 AS n) ON t USING max(n))");
  EXPECT_EQ(rows_of_both, "[[7]]");
}

TEST_F(PivotTest, is_written_in_every_format_and_explained) {
  const std::string sql = "PIVOT dataset ON region USING count(*) GROUP BY tags";
  QueryRequest asked = request(sql);
  asked.format = Format::csv;
  EXPECT_EQ(pool->run(asked)->rows.substr(0, 16), "tags,north,south");
  asked.format = Format::parquet;
  EXPECT_EQ(pool->run(asked)->rows.substr(0, 4), "PAR1");
  EXPECT_NE(rows("EXPLAIN " + sql).find("GROUP_BY"), std::string::npos) << rows("EXPLAIN " + sql);
  EXPECT_NE(rows("EXPLAIN ANALYZE " + sql).find("operator_timing"), std::string::npos);
  EXPECT_NE(rows("DESCRIBE " + sql).find("south"), std::string::npos) << rows("DESCRIBE " + sql);
  asked = request(sql);
  asked.plan_only = true;
  EXPECT_NE(pool->run(asked)->rows.find("GROUP_BY"), std::string::npos);
}

TEST_F(PivotTest, tells_errors_at_their_place) {
  const auto error = [](const std::string& sql) {
    const Result<QueryAnswer> answer = run(sql);
    return answer ? Error{} : answer.error();
  };
  const Error column = error("PIVOT dataset\n ON regoin USING sum(amount)");
  EXPECT_EQ(column.code, "query_syntax");
  EXPECT_EQ(column.remedy, R"(Did you mean "region"?)");
  ASSERT_TRUE(column.position);
  EXPECT_EQ(column.position->line, 2U);
  EXPECT_EQ(column.position->column, 5U);
  const Error behind = error("PIVOT dataset ON region, day USING sum(amuont)");
  ASSERT_TRUE(behind.position) << to_line(behind);
  EXPECT_EQ(behind.position->column, 40U) << "what was put in does not count";
  const Error table = error("EXPLAIN PIVOT nobody ON region");
  EXPECT_EQ(table.code, "query_table_unknown");
  EXPECT_EQ(table.position->column, 15U);
  const Error function = error("PIVOT dataset ON region USING count(*) ORDER BY getenv('x')");
  EXPECT_EQ(function.code, "query_not_allowed");
  EXPECT_EQ(function.position->column, 49U);
}

TEST_F(PivotTest, finds_so_many_values_and_no_more) {
  const std::string most = std::to_string(pivot_values_max);
  const std::string more = std::to_string(pivot_values_max + 1);
  EXPECT_EQ(pool->run(request("PIVOT range(" + most + ") t(n) ON n"))->columns.size(),
            pivot_values_max);
  const Result<QueryAnswer> many = run("PIVOT range(" + more + ") t(n) ON n");
  ASSERT_FALSE(many);
  EXPECT_EQ(many.error().code, "query_too_large");
  EXPECT_EQ(many.error().remedy, "Name those you want: ON column IN (…); or filter its source.");
  EXPECT_TRUE(
      refusal("PIVOT (SELECT repeat('x', 2000000) AS n) ON n").starts_with("query_too_large"));
}

TEST_F(PivotTest, takes_any_text_for_a_value) {
  for (const char* value : {"'a''b'", "'\"'", "''", "chr(10)", "'); DROP VIEW dataset; --'", "'é'",
                            "'NULL'", "'a' || chr(0) || 'b'"}) {
    const std::string source = "(SELECT " + std::string(value) + " AS v, 1 AS n)";
    EXPECT_EQ(rows("PIVOT " + source + " ON v USING sum(n)"), "[[1]]") << value;
  }
}

TEST_F(PivotTest, refuses_what_has_no_query_of_its_own) {
  for (const char* sql :
       {"WITH a AS (FROM dataset) SELECT * FROM (WITH a AS (FROM a) PIVOT a ON region)",
        "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t, (PIVOT t ON n) WHERE n < "
        "3) "
        "FROM t",
        "PIVOT dataset ON region IN (SELECT 'north')"}) {
    const Result<QueryAnswer> answer = run(sql);
    ASSERT_FALSE(answer) << sql << answer->rows;
    EXPECT_EQ(answer.error().code, "query_not_allowed") << sql;
    EXPECT_NE(answer.error().remedy.find("ON column IN (…)"), std::string::npos) << sql;
  }
}

TEST_F(PivotTest, ends_at_the_deadline_in_its_first_step) {
  QueryRequest late = request(
      "PIVOT (SELECT (a.range + b.range) % 7 AS n FROM range(1000000000) a, range(1000000000) b) "
      "ON "
      "n");
  late.deadline = std::chrono::milliseconds(300);
  const Result<QueryAnswer> answer = pool->run(late);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, "query_deadline");
}

TEST_F(PivotTest, names_its_tables) {
  const ParsedStatement parsed =
      pool->parse("p", "PIVOT a JOIN b USING (x) ON y", std::chrono::seconds(30)).value();
  ASSERT_EQ(parsed.tables.size(), 2U);
  EXPECT_EQ(parsed.tables[1].position->column, 14U);
}

TEST_F(PivotTest, streams) {
  make("COPY (SELECT i AS id, 'r' || (i % 3) AS region, i AS n FROM range(300000) t(i)) TO " +
       quote_literal((folder / "many.parquet").string()) + " (FORMAT parquet)");
  QueryRequest asked = request("PIVOT dataset ON region USING sum(n) GROUP BY id LIMIT 100000");
  asked.tables = {{{"dataset"}, {folder / "many.parquet"}}};
  QueryStream stream = pool->open(asked).value();
  std::size_t pieces = 0;
  while (stream.next().value()) ++pieces;
  EXPECT_EQ(stream.tail().row_count, 100'000);
  EXPECT_GT(pieces, 3U);
  EXPECT_EQ(rows("SELECT count(*) FROM dataset"), "[[6]]");
}

/// Prints, and asserts nothing: SLUICE_MEASURE=1 query_test --gtest_filter='Pivot*latency'.
TEST_F(PivotTest, measures_latency) {
  if (std::getenv("SLUICE_MEASURE") == nullptr) GTEST_SKIP();
  const std::string file = (folder / "million.parquet").string();
  make(
      "COPY (SELECT i AS id, i % 100 AS code, 'r' || (i % 4) AS region, i * 0.25::DOUBLE AS price "
      "FROM range(1000000) t(i)) TO " +
      quote_literal(file) + " (FORMAT parquet)");
  const std::string ending = " USING sum(price) GROUP BY code";
  std::vector<std::int64_t> taken[2];
  for (int i = 0; i < 40; ++i) {
    for (const bool is_named : {true, false}) {
      // A statement that is new each time, as the form without values always is.
      const std::string in = is_named ? " IN ('r0', 'r1', 'r2', 'r3')" : "";
      QueryRequest asked =
          request("PIVOT dataset ON region" + in + ending + " -- " + std::to_string(i));
      asked.tables = {{{"dataset"}, {DataFile(file)}}};
      taken[is_named ? 0 : 1].push_back(pool->run(asked).value().elapsed.count());
    }
  }
  for (std::vector<std::int64_t>& each : taken) std::sort(each.begin(), each.end());
  std::printf("p50 %lld us with values, %lld us without\n", static_cast<long long>(taken[0][20]),
              static_cast<long long>(taken[1][20]));
}

}  // namespace
}  // namespace sluice::query
