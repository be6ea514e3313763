// The lakehouse that federation_test asks, and the main: the program is its own worker.
#include "federation/federation_test_support.h"

#include <algorithm>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/ids.h"
#include "base/sql_text.h"
#include "duckdb/testing/engine_worker.h"
#include "query/worker/worker_main.h"

namespace sluice::federation {

namespace fs = std::filesystem;
namespace json = boost::json;
using lakehouse::RemoteFilter;
using lakehouse::RemoteName;
using lakehouse::RemoteScan;
using lakehouse::RemoteTable;

namespace {

duckdb::TextRows run_here(const std::string& sql) {
  static duckdb::Database database =
      duckdb::Database::open(duckdb::job_settings({.memory_bytes = 512'000'000})).value();
  duckdb::Connection connection = database.connect().value();
  Result<duckdb::QueryResult> result = connection.query("SET TimeZone = 'UTC'; " + sql);
  EXPECT_TRUE(result) << sql << ": " << to_line(result.error());
  return result ? result->rows_as_text() : duckdb::TextRows();
}

std::string relation(const fs::path& file) {
  return "read_parquet(" + quote_literal(file.string()) + ")";
}

std::string condition_of(const RemoteFilter& filter, const Column& column) {
  const std::string name = quote_identifier(column.name);
  if (filter.kind == RemoteFilter::Kind::is_null) return name + " IS NULL";
  if (filter.kind == RemoteFilter::Kind::is_not_null) return name + " IS NOT NULL";
  std::string list;
  for (const std::string& value : filter.values) {
    list +=
        (list.empty() ? "" : ", ") + ("CAST(" + quote_literal(value)) + " AS " + column.type + ")";
  }
  if (filter.kind == RemoteFilter::Kind::one_of) return name + " IN (" + list + ")";
  return name + " " + filter.compare + " " + list;
}

std::string sorted_rows(const Result<query::QueryAnswer>& answer) {
  if (!answer) return "error: " + to_line(answer.error());
  const json::value parsed = json::parse(answer->rows);
  std::vector<std::string> rows;
  for (const json::value& row : parsed.as_array()) rows.push_back(json::serialize(row));
  std::sort(rows.begin(), rows.end());
  std::string text = answer->tail.truncated ? "truncated" : "";
  for (const std::string& row : rows) text += row + "\n";
  return text;
}

}  // namespace

void ParquetLakehouse::add(const std::string& name, const std::string& select) {
  run_here("COPY (" + select + ") TO " + quote_literal(file_of(name).string()) +
           " (FORMAT parquet)");
  RemoteTable table{{"lake", "gold", name}, {}};
  for (const auto& row : run_here("DESCRIBE FROM " + relation(file_of(name)))) {
    table.columns.push_back({row.at(0).value(), "", row.at(1).value(), ""});
  }
  tables_[name] = std::move(table);
}

fs::path ParquetLakehouse::file_of(const std::string& name) const {
  return folder_ / (name + ".parquet");
}

query::TableSource ParquetLakehouse::local(const std::string& name) const {
  return {{"lake", "gold", name}, {file_of(name)}};
}

bool ParquetLakehouse::may_hold(const TenantId&, const RemoteName& name) const {
  return name.at(0) == "lake" && name.at(1) == "gold";
}

Result<std::optional<RemoteTable>> ParquetLakehouse::find(const RemoteName& name,
                                                          const std::stop_token&) {
  if (refusal) return fail(*refusal);
  const auto found = tables_.find(name.at(2));
  return found == tables_.end() ? std::nullopt : std::optional(found->second);
}

Result<std::string> ParquetLakehouse::sql_of(const RemoteScan& scan,
                                             const lakehouse::RemoteLimits&) const {
  std::string list;
  for (std::size_t i = 0; i < scan.columns.size(); ++i) {
    list += (i > 0 ? ", " : "") + quote_identifier(scan.table.columns.at(scan.columns[i]).name) +
            " AS c" + std::to_string(i);
  }
  std::string conditions;
  for (const RemoteFilter& filter : scan.filters) {
    conditions += (conditions.empty() ? " WHERE " : " AND ") +
                  condition_of(filter, scan.table.columns.at(filter.column));
  }
  const std::string limit = scan.limit ? " LIMIT " + std::to_string(*scan.limit) : "";
  return "SELECT " + (list.empty() ? "'1' AS c0" : list) + " FROM " + scan.table.name.at(2) +
         conditions + limit;
}

Result<std::int64_t> ParquetLakehouse::fetch(const TenantId&, const RemoteScan& scan,
                                             const lakehouse::RemoteLimits& limits,
                                             const fs::path& file, const std::stop_token&,
                                             SyncCost&) {
  const std::string& name = scan.table.name.at(2);
  TRY_ASSIGN(const std::string sql, sql_of(scan, limits));
  run_here("COPY (WITH " + name + " AS (FROM " + relation(file_of(name)) + ") " + sql + ") TO " +
           quote_literal(file.string()) + " (FORMAT parquet)");
  const auto rows = run_here("SELECT count(*) FROM " + relation(file));
  asked.push_back(scan);
  came.push_back(std::stoll(rows.at(0).at(0).value()));
  return came.back();
}

fs::path FederationTest::folder;
std::unique_ptr<query::WorkerPool> FederationTest::pool;
std::unique_ptr<sandbox::ForkServer> FederationTest::file_workers;
std::unique_ptr<ParquetLakehouse> FederationTest::lake;

void FederationTest::SetUpTestSuite() {
  folder = fs::temp_directory_path() / ("federation_test_" + random_hex(8));
  fs::create_directories(folder / "lake");
  file_workers = sandbox::ForkServer::start({.arguments = {"file-worker"}});
  pool = query::WorkerPool::start({}).value();
  lake = std::make_unique<ParquetLakehouse>(folder / "lake");
  const auto sometimes = [](const std::string& value, int rest) {
    return "CASE WHEN i % 13 <> " + std::to_string(rest) + " THEN " + value + " END";
  };
  // Texts in which a reader of plans may lose its way, each a few times.
  const std::string texts =
      "['plain', 'it''s', 'a AND b', '(', ')', 'x, y', '', ' ', 'NULL', 'a' || chr(10) || 'b', "
      "'optional: x', '/proc/self/fd/7', '(data file)', 'é', '🚿 on', 'a' || chr(127) || 'z', "
      "'''', '''::DATE', 'null', '\"q\"'][1 + i % 20]";
  lake->add("items",
            "SELECT i AS id, " + sometimes(texts, 1) + " AS name, " +
                sometimes("CAST(i / 4 AS DECIMAL(9,2))", 2) + " AS amount, " +
                sometimes("CAST(i / 7 AS DOUBLE)", 3) + " AS ratio, " +
                sometimes("DATE '2024-01-01' + CAST(i AS INTEGER)", 4) + " AS day, " +
                sometimes("TIMESTAMP '2024-01-01 00:00:00.5' + to_hours(i)", 5) + " AS moment, " +
                sometimes("TIMESTAMPTZ '2024-01-01 00:00:00Z' + to_hours(i)", 6) + " AS seen, " +
                sometimes("i % 3 = 0", 7) + " AS ok, " + sometimes("'w' || i % 5", 8) +
                R"( AS "we""ird, 'x' AND (y=1" FROM range(200) t(i))");
  lake->add("notes", "SELECT i * 3 AS id, 'note ' || i AS note FROM range(50) t(i)");
}

void FederationTest::TearDownTestSuite() {
  pool.reset();
  file_workers.reset();
  lake.reset();
  fs::remove_all(folder);
}

FederationTest::FederationTest()
    : federation_(*lake, *pool, *file_workers, {.folder = folder / "queries"}) {
  lake->asked.clear();
  lake->came.clear();
  lake->refusal.reset();
}

FederatedQuery FederationTest::query(const std::string& sql) {
  FederatedQuery query{TenantId{"acme"}, {}, {}, {}};
  query.request.owner = "acme";
  query.request.sql = sql;
  return query;
}

std::string FederationTest::federated(const std::string& sql) {
  FederatedQuery asked = query(sql);
  Result<query::ParsedStatement> parsed = pool->parse("acme", sql, asked.request.deadline);
  if (!parsed) return to_line(parsed.error());
  asked.statement = std::move(*parsed);
  asked.names = federation_.remote_names(asked.tenant, asked.statement);
  SyncCost cost;
  const Result<FetchedTables> fetched = federation_.fetch(asked, {}, cost);
  if (!fetched) return to_line(fetched.error());
  for (const query::TableSource& table : fetched->tables) asked.request.tables.push_back(table);
  return sorted_rows(pool->run(asked.request));
}

std::string FederationTest::direct(const std::string& sql) {
  query::QueryRequest request = query(sql).request;
  request.tables = {lake->local("items"), lake->local("notes")};
  return sorted_rows(pool->run(request));
}

std::string FederationTest::sent(const std::string& sql) {
  lake->asked.clear();
  const std::string rows = federated(sql);
  if (lake->asked.empty()) return rows;
  std::string out;
  for (const RemoteScan& scan : lake->asked) {
    out += (out.empty() ? "" : "; ") + lake->sql_of(scan, {}).value();
  }
  return out;
}

}  // namespace sluice::federation

/// The test program is its own worker of both kinds, as `sluice` is.
int main(int argc, char** argv) {
  const std::string_view kind = argc > 1 ? argv[1] : "";
  if (kind == "query-worker") return sluice::query::query_worker_main();
  if (kind == "file-worker") return sluice::duckdb::engine_worker_main();
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
