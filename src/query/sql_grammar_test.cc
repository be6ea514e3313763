// Three hundred statements of the grammar, judged as sql_fuzz judges a million.
#include <gtest/gtest.h>

#include <map>

#include "base/ids.h"
#include "query/fuzz/sql_fuzz_judge.h"
#include "query/query_test_support.h"

namespace sluice::query {
namespace {

/// What `sql_fuzz` does with a million.
TEST_F(QueryTest, stands_statements_of_a_grammar) {
  const auto made = FuzzWorld::make(folder / "fuzz");
  ASSERT_TRUE(made) << to_line(made.error());
  const FuzzWorld& world = **made;
  const Result<SqlVocabulary> words = fuzz_vocabulary(QUERY_TESTDATA, world.folder());
  ASSERT_TRUE(words);
  const SqlGrammar grammar(*words, 1);
  FuzzJudge judge(world);
  PoolConfig config;
  config.bound_max = 10;  // Each choice of tables is a session of its own.
  const Result<std::unique_ptr<WorkerPool>> own = WorkerPool::start(config);
  ASSERT_TRUE(own);
  constexpr std::uint64_t count = 300;
  for (std::uint64_t index = 0; index < count; ++index) {
    const std::size_t owner = index * FuzzWorld::owners / count;
    QueryRequest request = world.request(owner);
    const FuzzStatement statement = grammar.statement(index);
    request.sql = statement.sql;
    request.parameters = statement.parameters;
    request.deadline = std::chrono::seconds(5);
    const auto began = std::chrono::steady_clock::now();
    const Result<QueryAnswer> answer = judge.ask(**own, index, request);
    judge.judge(index, request, owner, answer, std::chrono::steady_clock::now() - began);
  }
  for (const FuzzFinding& found : judge.findings()) {
    ADD_FAILURE() << found.index << ": " << found.what << ": " << printable(found.sql);
  }
  EXPECT_TRUE(world.changes().empty());
  EXPECT_GT(judge.outcomes()["ok"], count / 10);
  EXPECT_GT(judge.outcomes()["query_not_allowed"], 0U);
}

TEST_F(QueryTest, grammar_repeats_itself_and_reaches_all_kinds) {
  const Result<SqlVocabulary> words = fuzz_vocabulary(QUERY_TESTDATA, "/tmp/x");
  ASSERT_TRUE(words);
  const SqlGrammar grammar(*words, 7);
  const SqlGrammar same(*words, 7);
  const SqlGrammar other(*words, 8);
  std::map<std::string, int> seen;
  std::size_t differing = 0;
  for (std::uint64_t index = 0; index < 3'000; ++index) {
    const std::string sql = grammar.statement(index).sql;
    ASSERT_EQ(sql, same.statement(index).sql);
    if (sql != other.statement(index).sql) ++differing;
    for (const char* word : {"ASOF ",
                             "LATERAL ",
                             "POSITIONAL ",
                             "WITH RECURSIVE ",
                             "CUBE ",
                             "GROUPING SETS ",
                             "QUALIFY ",
                             "PIVOT ",
                             "UNPIVOT ",
                             "lambda ",
                             " FILTER ",
                             " OVER ",
                             "EXPLAIN ",
                             "SUMMARIZE ",
                             "COPY ",
                             "ATTACH ",
                             "read_text",
                             "/proc/self/fd/",
                             "s3://",
                             "UNION BY NAME",
                             "TRY_CAST(",
                             "?",
                             "information_schema",
                             "ON region USING"}) {
      if (sql.find(word) != std::string::npos) ++seen[word];
    }
  }
  EXPECT_GT(differing, 2'900U);
  EXPECT_EQ(seen.size(), 24U);
}

}  // namespace
}  // namespace sluice::query
