// Pools of real workers over small files in a temporary folder; this program is its own worker.
#include "query/query_test_support.h"

#include <signal.h>
#include <unistd.h>

#include <fstream>
#include <string_view>

#include "base/ids.h"
#include "base/sql_text.h"
#include "duckdb/database.h"
#include "query/worker/worker_main.h"

namespace sluice::query {

std::filesystem::path QueryTest::folder;
std::unique_ptr<WorkerPool> QueryTest::pool;

void QueryTest::make(const std::string& sql) {
  Result<duckdb::Database> database =
      duckdb::Database::open(duckdb::job_settings({.memory_bytes = 1'000'000'000, .threads = 2}));
  ASSERT_TRUE(database);
  Result<duckdb::Connection> connection = database->connect();
  ASSERT_TRUE(connection);
  const Result<duckdb::QueryResult> made = connection->query(sql);
  ASSERT_TRUE(made) << to_line(made.error());
}

void QueryTest::SetUpTestSuite() {
  folder = std::filesystem::temp_directory_path() / ("query_test_" + random_hex(8));
  std::filesystem::create_directories(folder);
  make(
      "COPY (SELECT i AS id, CASE WHEN i % 2 = 0 THEN 'north' ELSE 'south' END AS region, "
      "CAST(i * 1.5 AS DECIMAL(9,2)) AS amount, DATE '2024-01-01' + CAST(i AS INTEGER) AS day, "
      "'w' || i AS weird, ['a', 'b'] AS tags FROM range(1, 7) t(i)) TO " +
      quote_literal((folder / "orders.parquet").string()) + " (FORMAT parquet)");
  // As the datasets folder has it when root runs with a strict umask: others must not need to read
  // it.
  std::filesystem::permissions(folder / "orders.parquet", std::filesystem::perms::owner_read |
                                                              std::filesystem::perms::owner_write);
  Result<std::unique_ptr<WorkerPool>> started = WorkerPool::start({});
  ASSERT_TRUE(started);
  pool = std::move(*started);
}

void QueryTest::TearDownTestSuite() {
  pool.reset();
  std::filesystem::remove_all(folder);
}

QueryRequest QueryTest::request(const std::string& sql) {
  QueryRequest request;
  request.sql = sql;
  const std::vector<DataFile> files = {folder / "orders.parquet"};
  request.tables = {
      {{"dataset"}, files, R"(SELECT * RENAME (weird AS "weird ""name""; x") FROM source)"},
      {{"catalog_tenant_a", "bronze", "orders"}, files, "SELECT *, 3 AS _batch FROM source"},
      {{"catalog_tenant_a", "silver", "orders_clean"},
       files,
       "WITH typed AS (SELECT id, region FROM source) SELECT DISTINCT * FROM typed"}};
  return request;
}

Result<QueryAnswer> QueryTest::run(const std::string& sql) { return pool->run(request(sql)); }

std::string QueryTest::rows(const std::string& sql) {
  const Result<QueryAnswer> answer = run(sql);
  return answer ? answer->rows : to_line(answer.error());
}

std::string QueryTest::refusal(const std::string& sql) {
  const Result<QueryAnswer> answer = run(sql);
  return answer ? "passed: " + answer->rows
                : answer.error().code.text() + ": " + answer.error().detail;
}

std::size_t count_children() {
  std::size_t children = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream list(task.path() / "children");
    for (int pid = 0; list >> pid;) ++children;
  }
  return children;
}

void kill_children() {
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream list(task.path() / "children");
    for (int pid = 0; list >> pid;) ::kill(pid, SIGKILL);
  }
}

}  // namespace sluice::query

/// The test program is its own worker, as `sluice` is.
int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "query-worker") {
    return sluice::query::query_worker_main();
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
