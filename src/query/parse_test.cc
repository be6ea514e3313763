// What the engine's parser says of a statement, in a real worker: the caller chooses tables by
// it.
#include <string>

#include "dataset/names.h"
#include "query/query_test_support.h"

namespace sluice::query {
namespace {

class ParseTest : public QueryTest {
 protected:
  static Result<ParsedStatement> parse(const std::string& sql, const std::string& owner = "a") {
    return pool->parse(owner, sql, std::chrono::seconds(30));
  }
  /// `a, c.s.t` as the worker names them, or the error.
  static std::string tables(const std::string& sql) {
    const Result<ParsedStatement> parsed = parse(sql);
    if (!parsed) return parsed.error().code;
    std::string text;
    for (const TableReference& table : parsed->tables) {
      text += (text.empty() ? "" : ", ") + dotted_name(table.name);
    }
    return text;
  }
};

TEST_F(ParseTest, names_the_tables_of_a_statement) {
  EXPECT_EQ(tables("SELECT 1"), "");
  EXPECT_EQ(tables("FROM Orders o JOIN c.Silver.\"Orders_Clean\" USING (id), orders"),
            "orders, c.silver.orders_clean");
  EXPECT_EQ(tables("FROM s.t"), "s.t");
  EXPECT_EQ(tables("SELECT (SELECT max(x) FROM a) FROM range(3) WHERE EXISTS (FROM b)"), "a, b");
  EXPECT_EQ(tables("FROM a UNION ALL (FROM b ORDER BY (SELECT 1 FROM c))"), "a, c, b");
  EXPECT_EQ(tables("PIVOT a ON x IN (1, 2) USING count(*)"), "a");
  EXPECT_EQ(tables("SELECT 'FROM x' -- FROM y\n /* FROM z */ FROM \"a b\""), "a b");
  EXPECT_EQ(tables("SELECT 1 FROM 'file.parquet'"), "file.parquet");
  EXPECT_EQ(tables("SELECT $$ FROM x $$ FROM y"), "y");
}

TEST_F(ParseTest, does_not_take_a_cte_for_a_table) {
  EXPECT_EQ(tables("WITH x AS (FROM a) FROM x, b"), "a, b");
  EXPECT_EQ(tables("WITH a AS (FROM a) FROM a"), "a");
  EXPECT_EQ(tables("FROM x, (WITH x AS (SELECT 1) FROM x)"), "x");
  EXPECT_EQ(tables("WITH RECURSIVE x AS (SELECT 1 UNION ALL FROM x) FROM x"), "");
  EXPECT_EQ(tables("WITH x AS (SELECT 1) FROM s.x"), "s.x");
}

TEST_F(ParseTest, looks_behind_what_stands_in_front_of_a_query) {
  EXPECT_FALSE(parse("FROM a")->plan_only);
  EXPECT_TRUE(parse("EXPLAIN FROM a")->plan_only);
  EXPECT_FALSE(parse("explain\nanalyze FROM a")->plan_only) << "it is run";
  EXPECT_EQ(tables("EXPLAIN ANALYZE FROM a"), "a");
  EXPECT_EQ(tables("DESCRIBE c.s.t"), "c.s.t");
  EXPECT_EQ(tables("SUMMARIZE FROM a"), "a");
}

TEST_F(ParseTest, finds_limits_and_offsets_wherever_they_stand) {
  const auto limits = [](const std::string& sql) {
    const ParsedStatement parsed = parse(sql).value();
    return std::to_string(parsed.limit_clauses) + (parsed.has_offset ? " offset" : "") +
           (parsed.has_limit ? " limit" : "") +
           (parsed.limit ? " " + std::to_string(*parsed.limit) : "");
  };
  EXPECT_EQ(limits("FROM a"), "0");
  EXPECT_EQ(limits("FROM a LIMIT 5"), "1 limit 5");
  EXPECT_EQ(limits("FROM a LIMIT 5 OFFSET 2"), "1 offset limit 5");
  EXPECT_EQ(limits("FROM a OFFSET 2"), "1 offset");
  EXPECT_EQ(limits("SELECT * FROM (FROM a OFFSET 10) LIMIT 5"), "2 offset limit 5");
  EXPECT_EQ(limits("WITH x AS (FROM a OFFSET 10) FROM x LIMIT 5"), "2 offset limit 5");
  EXPECT_EQ(limits("FROM (FROM a LIMIT 20) LIMIT 100"), "2 limit 100");
  EXPECT_EQ(limits("SELECT (SELECT 1 LIMIT 1) FROM a"), "1");
  EXPECT_EQ(limits("FROM a LIMIT 5%"), "1 limit");
  EXPECT_EQ(limits("FROM a LIMIT ?"), "1 limit");
  EXPECT_EQ(limits("FROM a LIMIT 2 + 3"), "1 limit");
  EXPECT_EQ(limits("FROM a LIMIT NULL"), "1 limit");
}

TEST_F(ParseTest, says_where_a_name_stands) {
  const ParsedStatement parsed = parse("EXPLAIN SELECT 'é'\n FROM a, b.\"C\".d").value();
  ASSERT_EQ(parsed.tables.size(), 2U);
  EXPECT_EQ(parsed.tables[0].position->line, 2U);
  EXPECT_EQ(parsed.tables[0].position->column, 7U);
  EXPECT_EQ(parsed.tables[1].position->column, 10U);
}

TEST_F(ParseTest, refuses_what_running_would_refuse_with_the_same_words) {
  for (const std::string sql :
       {"SELEC 1", "", "SELECT 1; SELECT 2", "COPY dataset TO 'x'", "SELECT 1 +", "SHOW DATABASES",
        "PIVOT dataset ON region IN (FROM dataset)"}) {
    const Result<ParsedStatement> parsed = parse(sql);
    const Result<QueryAnswer> answer = run(sql);
    ASSERT_FALSE(answer) << sql;
    if (parsed) continue;  // Refused for what it names, which is the check's.
    EXPECT_EQ(to_line(parsed.error()), to_line(answer.error())) << sql;
    EXPECT_EQ(parsed.error().position.has_value(), answer.error().position.has_value()) << sql;
  }
  EXPECT_EQ(parse(std::string(70'000, 'x')).error().code, "query_too_large");
  EXPECT_EQ(parse(std::string("SELECT 1\0", 9)).error().code, "query_syntax");
  EXPECT_EQ(parse("SELECT '\xff'").error().code, "query_syntax");
}

/// Nothing is bound: a function or a file that may not be read is not looked at.
TEST_F(ParseTest, runs_nothing) {
  EXPECT_EQ(tables("FROM read_text('/etc/passwd')"), "");
  EXPECT_EQ(tables("SELECT getenv('HOME') FROM '/etc/passwd'"), "/etc/passwd");
}

TEST_F(ParseTest, names_no_more_tables_than_may_be_given) {
  std::string many = "FROM t0";
  for (std::size_t i = 1; i < 500; ++i) many += ", t" + std::to_string(i);
  EXPECT_EQ(parse(many)->tables.size(), tables_max + 1);
}

TEST_F(ParseTest, needs_no_tables_and_leaves_the_worker_to_its_owner) {
  const Result<std::unique_ptr<WorkerPool>> own = WorkerPool::start({});
  ASSERT_TRUE(own);
  const auto names = [&](const std::string& owner, const std::string& sql) {
    const Result<ParsedStatement> parsed = (*own)->parse(owner, sql, std::chrono::seconds(30));
    return parsed ? parsed->tables.size() : 99;
  };
  EXPECT_EQ(names("a", "FROM x"), 1U);
  EXPECT_EQ((*own)->status().bound, 1U);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(names("a", "FROM x, y"), 2U);
  EXPECT_EQ(names("a", "SELEC"), 99U);
  EXPECT_EQ((*own)->status().bound, 1U) << "the same one again, mistakes included";
  EXPECT_EQ(names("b", "FROM x"), 1U);
  EXPECT_EQ((*own)->status().bound, 2U) << "no worker serves two owners";

  // What runs a query parses the owner's next one.
  QueryRequest request = QueryTest::request("SELECT count(*) FROM dataset");
  request.owner = "c";
  EXPECT_EQ((*own)->run(request)->rows, "[[6]]");
  EXPECT_EQ(names("c", request.sql), 1U);
  EXPECT_EQ(names("c", "FROM dataset, other"), 2U);
  EXPECT_EQ((*own)->run(request)->rows, "[[6]]");
  EXPECT_EQ((*own)->status().bound, 3U);
}

TEST_F(ParseTest, what_was_parsed_is_what_is_run) {
  const std::string one = "SELECT 1 AS a FROM dataset LIMIT 1";
  ASSERT_TRUE(parse(one, ""));
  EXPECT_EQ(rows("SELECT 2"), "[[2]]");
  ASSERT_TRUE(parse("SELECT 3", ""));
  EXPECT_EQ(rows(one), "[[1]]");
  ASSERT_TRUE(parse("EXPLAIN " + one, ""));
  EXPECT_EQ(rows(one), "[[1]]");
  QueryRequest plan = request(one);
  plan.plan_only = true;
  ASSERT_TRUE(parse(one, ""));
  EXPECT_NE(pool->run(plan)->rows.find("LIMIT"), std::string::npos);
  EXPECT_EQ(rows(one), "[[1]]");
  plan.sql = "SELECT regoin FROM dataset";
  const Result<QueryAnswer> wrong = pool->run(plan);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().position->column, 8U) << "in the text as it came";
}

}  // namespace
}  // namespace sluice::query
