// testdata/escapes.txt against a real worker: nothing in it may run. A new trick goes in there
// first.
#include <fstream>
#include <set>
#include <string_view>
#include <utility>

#include "duckdb/database.h"
#include "query/query_test_support.h"
#include "query/worker/sql_check.h"

namespace sluice::query {
namespace {

std::vector<std::string> cases(const std::string& file) {
  std::vector<std::string> out;
  std::ifstream lines(std::string(QUERY_TESTDATA) + "/" + file);
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && line[0] != '#') out.push_back(line);
  }
  return out;
}

/// As a tenant's query has them who owns none of it.
std::string with_names(std::string sql) {
  const std::pair<std::string_view, std::string_view> names[] = {
      {"{data}", "/srv/sluice"},
      {"{other_table}", "salaries"},
      {"{other_catalog}", "catalog_tenant_b"},
      {"{newline}", "\n"},
      {"{return}", "\r"}};
  for (const auto& [placeholder, name] : names) {
    for (std::size_t at = 0; (at = sql.find(placeholder, at)) != std::string::npos;) {
      sql.replace(at, placeholder.size(), name);
    }
  }
  return sql;
}

TEST_F(QueryTest, refuses_every_escape) {
  const std::set<std::string> refusals = {"query_not_allowed", "query_table_unknown",
                                          "query_syntax", "query_parameters"};
  std::set<std::string> tried;
  for (const std::string& statement : cases("escapes.txt")) {
    EXPECT_TRUE(tried.insert(statement).second) << "twice in the file: " << statement;
    const std::string sql = with_names(statement);
    const Result<QueryAnswer> answer = run(sql);
    if (answer) {
      ADD_FAILURE() << sql << " → " << answer->rows.substr(0, 200);
      continue;
    }
    EXPECT_TRUE(refusals.contains(answer.error().code)) << sql << " → " << to_line(answer.error());
    EXPECT_EQ(answer.error().detail.find("/fd/1"), std::string::npos)
        << sql << " → " << answer.error().detail;
    EXPECT_EQ(answer.error().detail.find(folder.string()), std::string::npos) << sql;
  }
  EXPECT_GE(tried.size(), 600U);
}

TEST_F(QueryTest, runs_every_legitimate_query) {
  std::size_t tried = 0;
  for (const std::string& sql : cases("legit.txt")) {
    const Result<QueryAnswer> answer = run(sql);
    ++tried;
    EXPECT_TRUE(answer) << sql << " → " << (answer ? "" : to_line(answer.error()));
  }
  EXPECT_GE(tried, 40U);
}

TEST_F(QueryTest, refuses_text_that_is_no_sql) {
  EXPECT_TRUE(refusal("").starts_with("query_syntax"));
  EXPECT_TRUE(refusal(std::string("SELECT 1\0; SELECT 2", 19)).starts_with("query_syntax"));
  EXPECT_TRUE(refusal("SELECT '\xff\xfe'").starts_with("query_syntax"));
  EXPECT_TRUE(refusal("FROM\xadx").starts_with("query_syntax"));
  EXPECT_TRUE(refusal("SELECT '" + std::string(70'000, 'x') + "'").starts_with("query_too_large"));
  std::string deep = "SELECT ";
  for (int i = 0; i < 5'000; ++i) deep += "(";
  EXPECT_FALSE(run(deep + "1"));
  std::string sum = "SELECT 1";
  for (int i = 0; i < 5'000; ++i) sum += "+1";
  EXPECT_FALSE(run(sum));
  std::string nested = "SELECT 1";
  for (int i = 0; i < 1'000; ++i) nested = "SELECT * FROM (" + nested + ")";
  static_cast<void>(run(nested));  // Either way, but without taking the pool along.
  EXPECT_EQ(rows("SELECT 1"), "[[1]]");
}

/// A newer engine brings functions that the lists have not seen: those whose text names the catalog
/// are found here, and each table function has to be weighed.
TEST(SqlCheck, knows_the_engines_functions) {
  Result<duckdb::Database> database =
      duckdb::Database::open(duckdb::job_settings({.memory_bytes = 256'000'000, .threads = 1}));
  ASSERT_TRUE(database);
  Result<duckdb::Connection> connection = database->connect();
  ASSERT_TRUE(connection);
  Result<duckdb::QueryResult> macros = connection->query(
      "SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type = 'macro' AND "
      "(macro_definition ILIKE '%duckdb_%(%' OR macro_definition ILIKE '%pragma_%' OR "
      " macro_definition ILIKE '%read_%')");
  ASSERT_TRUE(macros);
  for (const auto& row : macros->rows_as_text()) {
    EXPECT_TRUE(is_denied_function(row.at(0).value_or(""))) << row.at(0).value_or("");
  }
  Result<duckdb::QueryResult> allowed = connection->query(
      "SELECT string_agg(DISTINCT function_name, ' ' ORDER BY function_name) FROM "
      "duckdb_functions() "
      "WHERE function_type IN ('scalar', 'aggregate') AND (function_name ILIKE '%sql%' OR "
      "function_name ILIKE '%setting%' OR function_name ILIKE '%log\\_%' ESCAPE '\\' OR "
      "function_name ILIKE '%file%' OR function_name ILIKE '%sleep%' OR function_name ILIKE "
      "'%env%')");
  ASSERT_TRUE(allowed);
  EXPECT_EQ(allowed->rows_as_text().at(0).at(0).value_or(""),
            "current_setting json_deserialize_sql json_serialize_sql parse_duckdb_log_message "
            "parse_filename sleep_ms");
  Result<duckdb::QueryResult> states = connection->query(
      "SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type = 'scalar' AND "
      "(parameter_types::VARCHAR ILIKE '%AGGREGATE_STATE%' OR "
      " parameter_types::VARCHAR ILIKE '%POINTER%')");
  ASSERT_TRUE(states);
  EXPECT_EQ(states->rows_as_text().size(), 2U);
  for (const auto& row : states->rows_as_text()) {
    EXPECT_TRUE(is_denied_function(row.at(0).value_or(""))) << row.at(0).value_or("");
  }
}

}  // namespace
}  // namespace sluice::query
