// Queries over a lakehouse elsewhere, with real workers, against the same queries over its files.
#include "federation/federation.h"

#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "base/testing/soon.h"
#include "federation/deadline_stop.h"
#include "federation/federation_test_support.h"
#include "sandbox/error_codes.h"

namespace sluice::federation {
namespace {

/// What comes over a hint that drops too much is a wrong answer with status 200: so each statement
/// is asked twice, of what was brought and of the tables themselves.
const char* const statements[] = {
    "SELECT * FROM lake.gold.items",
    "SELECT count(*) FROM lake.gold.items",
    "SELECT min(id), max(id), min(day), max(moment), count(name) FROM lake.gold.items",
    "SELECT sum(amount) FROM lake.gold.items WHERE amount > 12.25 AND amount <= 30",
    "SELECT id FROM lake.gold.items WHERE id = 5 OR id > 190",
    "SELECT id FROM lake.gold.items WHERE id BETWEEN 10 AND 20 AND id <> 15",
    "SELECT id FROM lake.gold.items WHERE id IN (1, 2, 3, 500) AND NOT id = 2",
    "SELECT id FROM lake.gold.items WHERE id NOT IN (SELECT id FROM lake.gold.notes)",
    "SELECT id FROM lake.gold.items WHERE id::VARCHAR = '17'",
    "SELECT id FROM lake.gold.items WHERE id + 1 = 17 AND id * 2 < 100",
    "SELECT id FROM lake.gold.items WHERE id > 5.5 AND id < 7.5",
    "SELECT id FROM lake.gold.items WHERE id = -0",
    // NULLs.
    "SELECT id FROM lake.gold.items WHERE name IS NULL",
    "SELECT id FROM lake.gold.items WHERE name IS NOT NULL AND amount IS NULL",
    "SELECT id FROM lake.gold.items WHERE name IS DISTINCT FROM 'plain'",
    "SELECT id FROM lake.gold.items WHERE name IS NOT DISTINCT FROM NULL",
    "SELECT id FROM lake.gold.items WHERE name IN ('plain', NULL)",
    "SELECT id FROM lake.gold.items WHERE coalesce(name, 'plain') = 'plain'",
    "SELECT id FROM lake.gold.items WHERE (name = 'plain') IS NOT TRUE",
    // Texts.
    "SELECT id FROM lake.gold.items WHERE name = 'it''s'",
    "SELECT id FROM lake.gold.items WHERE name = 'a AND b'",
    "SELECT id FROM lake.gold.items WHERE name IN ('(', ')', 'x, y', '''', '''::DATE')",
    "SELECT id FROM lake.gold.items WHERE name <> '(' AND name <> ')' AND name <> ''",
    "SELECT id FROM lake.gold.items WHERE name = ' '",
    "SELECT id FROM lake.gold.items WHERE name IN ('', 'NULL')",
    "SELECT id FROM lake.gold.items WHERE name = 'a' || chr(10) || 'b'",
    "SELECT id FROM lake.gold.items WHERE name <> 'a' || chr(10) || 'b' AND id < 50",
    "SELECT id FROM lake.gold.items WHERE name = 'optional: x'",
    "SELECT id FROM lake.gold.items WHERE name = '/proc/self/fd/7'",
    "SELECT id FROM lake.gold.items WHERE name <> '(data file)'",
    "SELECT id FROM lake.gold.items WHERE name = 'PLAIN' COLLATE NOCASE",
    "SELECT id FROM lake.gold.items WHERE name > 'Z' COLLATE NOCASE",
    "SELECT id FROM lake.gold.items WHERE name LIKE 'a%' AND id < 100",
    "SELECT id FROM lake.gold.items WHERE name LIKE 'é%' OR name ILIKE 'É%'",
    "SELECT id FROM lake.gold.items WHERE name LIKE '🚿%'",
    "SELECT id FROM lake.gold.items WHERE name LIKE 'a' || chr(127) || '%'",
    "SELECT id FROM lake.gold.items WHERE starts_with(name, '🚿')",
    "SELECT id FROM lake.gold.items WHERE name LIKE '%'",
    "SELECT id FROM lake.gold.items WHERE name LIKE 'pla_n'",
    R"(SELECT id FROM lake.gold.items WHERE "we""ird, 'x' AND (y=1" = 'w3')",
    R"(SELECT count(*) FROM lake.gold.items WHERE "we""ird, 'x' AND (y=1" <> name)",
    // Other types.
    "SELECT id FROM lake.gold.items WHERE ratio = CAST(50 / 7 AS DOUBLE) OR ratio > 28",
    "SELECT id FROM lake.gold.items WHERE ratio < 1e-3",
    "SELECT id FROM lake.gold.items WHERE day >= '2024-03-01' AND day < DATE '2024-03-05'",
    "SELECT id FROM lake.gold.items WHERE day > TIMESTAMP '2024-03-01 12:00:00'",
    "SELECT id FROM lake.gold.items WHERE moment = '2024-01-02 00:00:00.5'",
    "SELECT id FROM lake.gold.items WHERE moment <= 'infinity' AND moment > '2024-01-08'",
    "SELECT id FROM lake.gold.items WHERE seen = '2024-01-02 02:00:00+02'",
    "SELECT id FROM lake.gold.items WHERE ok",
    "SELECT id FROM lake.gold.items WHERE NOT ok AND ok IS NOT NULL",
    "SELECT id FROM lake.gold.items WHERE ok = false",
    // More than one scan.
    "SELECT (SELECT count(*) FROM lake.gold.items), id FROM lake.gold.items WHERE id = 5",
    "SELECT (SELECT max(id) FROM lake.gold.items), id FROM lake.gold.items WHERE id = 5",
    "SELECT id FROM lake.gold.items WHERE id = 1 UNION ALL SELECT id FROM lake.gold.items WHERE "
    "id = 2",
    "SELECT i.id, note FROM lake.gold.items i LEFT JOIN lake.gold.notes n ON i.id = n.id AND "
    "n.note = 'note 3' WHERE i.id < 20",
    "SELECT i.id, note FROM lake.gold.items i LEFT JOIN lake.gold.notes n USING (id) WHERE note IS "
    "NULL AND i.id < 20",
    "SELECT count(*) FROM lake.gold.items i FULL JOIN lake.gold.notes n ON i.id = n.id",
    "SELECT count(*) FROM lake.gold.items SEMI JOIN lake.gold.notes USING (id)",
    "SELECT i.id FROM lake.gold.items i, lake.gold.notes n WHERE i.id = n.id AND n.id > 100",
    "SELECT count(*) FROM lake.gold.items, lake.gold.notes",
    "WITH few AS MATERIALIZED (SELECT * FROM lake.gold.items WHERE id < 9) "
    "SELECT a.id, b.name FROM few a JOIN few b ON a.id = b.id + 1",
    "WITH RECURSIVE up(n) AS (SELECT 0 UNION ALL SELECT n + 3 FROM up WHERE n + 3 IN (SELECT id "
    "FROM lake.gold.notes)) SELECT max(n) FROM up",
    "SELECT id, (SELECT note FROM lake.gold.notes n WHERE n.id = i.id) FROM lake.gold.items i "
    "WHERE "
    "i.id < 10",
    "SELECT * FROM (SELECT id FROM lake.gold.items ORDER BY id) POSITIONAL JOIN (SELECT note FROM "
    "lake.gold.notes WHERE id > 30 ORDER BY note)",
    "SELECT id, row_number() OVER (ORDER BY id DESC) AS n FROM lake.gold.items QUALIFY n < 4",
    "SELECT ok, count(*), count(DISTINCT name) FROM lake.gold.items GROUP BY ROLLUP (ok)",
    "PIVOT (SELECT ok, id % 3 AS rest FROM lake.gold.items) ON ok IN (true, false) USING "
    "count(*)",
    "PIVOT (SELECT ok, id % 3 AS rest FROM lake.gold.items) ON ok USING count(*)",
    "PIVOT (SELECT id, ok FROM lake.gold.items WHERE id < 30) ON ok USING sum(id)",
    "PIVOT (SELECT name, ok, id FROM lake.gold.items) ON id % 3 USING max(name) GROUP BY ok ORDER "
    "BY ok",
    "SELECT * FROM (PIVOT lake.gold.notes ON id % 2 USING count(note) GROUP BY note) ORDER BY note",
    "SELECT id FROM lake.gold.items WHERE false",
    "SELECT id FROM lake.gold.items ORDER BY id DESC LIMIT 5",
    "SELECT id FROM (SELECT id FROM lake.gold.items ORDER BY day NULLS FIRST, id LIMIT 7) WHERE id "
    "> 3",
    "SELECT name FROM lake.gold.items ORDER BY id LIMIT 5 OFFSET 195",
    "SELECT * FROM lake.gold.items LIMIT 0",
    "SELECT count(*) FROM (SELECT id FROM lake.gold.items OFFSET 10) LIMIT 5",
    "SELECT count(*) FROM (SELECT DISTINCT ok FROM lake.gold.items LIMIT 2)",
    "SELECT count(*) FROM (SELECT unnest([1, 2]) FROM lake.gold.items LIMIT 300)",
};

TEST_F(FederationTest, answers_as_the_tables_themselves_would) {
  for (const char* sql : statements) {
    const std::string wanted = direct(sql);
    EXPECT_FALSE(wanted.starts_with("error: ")) << sql << ": " << wanted;
    EXPECT_EQ(federated(sql), wanted) << sql << "\nasked: " << sent(sql);
  }
}

/// A statement, the rows that it brings and the columns that they have.
struct Brought {
  const char* sql;
  std::int64_t rows;
  std::size_t columns;
};

TEST_F(FederationTest, brings_no_more_than_the_query_needs) {
  const Brought statements_and_rows[] = {
      {"SELECT id FROM lake.gold.items WHERE id < 50 AND id <> 7", 49, 1},
      {"SELECT name FROM lake.gold.items WHERE id BETWEEN 10 AND 19", 10, 2},
      {"SELECT count(*) FROM lake.gold.items WHERE id IN (1, 2, 500)", 2, 1},
      {"SELECT count(*) FROM lake.gold.items", 200, 0},
      {"SELECT id FROM lake.gold.items LIMIT 7", 7, 1},
      {"SELECT id + 1 AS n FROM (SELECT id FROM lake.gold.items) LIMIT 7", 7, 1},
      // What has to be asked of all rows, or in an order, is.
      {"SELECT id FROM lake.gold.items WHERE id % 2 = 0 LIMIT 7", 200, 1},
      {"SELECT id FROM lake.gold.items ORDER BY id LIMIT 7", 200, 1},
      {"SELECT id FROM lake.gold.items LIMIT 7 OFFSET 3", 200, 1},
      {"SELECT DISTINCT ok FROM lake.gold.items LIMIT 1", 200, 1},
      {"SELECT id FROM (SELECT id FROM lake.gold.items OFFSET 190) LIMIT 7", 200, 1},
      {"SELECT id FROM lake.gold.items TABLESAMPLE reservoir(5 ROWS) LIMIT 3", 200, 1},
  };
  for (const Brought& each : statements_and_rows) {
    lake->asked.clear();
    lake->came.clear();
    federated(each.sql);
    ASSERT_EQ(lake->asked.size(), 1U) << each.sql;
    EXPECT_EQ(lake->came[0], each.rows) << each.sql;
    EXPECT_EQ(lake->asked[0].columns.size(), each.columns) << each.sql;
  }
  federated("SELECT note FROM lake.gold.items i JOIN lake.gold.notes n USING (id) WHERE n.id < 30");
  ASSERT_EQ(lake->asked.back().table.name.at(2), "notes");
  EXPECT_EQ(lake->came.back(), 10) << "each table has its own filters";
}

TEST_F(FederationTest, a_row_beyond_the_answers_own_limit_is_enough) {
  FederatedQuery asked = query("SELECT id FROM lake.gold.items");
  asked.request.row_limit = 20;
  asked.statement = pool->parse("acme", asked.request.sql, asked.request.deadline).value();
  asked.names = federation_.remote_names(asked.tenant, asked.statement);
  SyncCost cost;
  FetchedTables fetched = federation_.fetch(asked, {}, cost).value();
  EXPECT_EQ(lake->came.at(0), 21);
  asked.request.tables = fetched.tables;
  EXPECT_TRUE(pool->run(asked.request)->tail.truncated) << "which tells that there are more";
}

TEST_F(FederationTest, its_files_go_with_the_query_and_with_a_failure) {
  federated("SELECT count(*) FROM lake.gold.items, lake.gold.notes");
  EXPECT_TRUE(std::filesystem::is_empty(folder / "queries"));
  federated("SELECT no_such_column FROM lake.gold.items");
  federated("SELECT id FROM lake.gold.items WHERE name = 5.5 / 'x'");
  EXPECT_TRUE(std::filesystem::is_empty(folder / "queries"));
}

TEST_F(FederationTest, errors_are_the_querys_own_or_none_of_the_askers) {
  EXPECT_NE(federated("SELECT no_such_column FROM lake.gold.items").find("no_such_column"),
            std::string::npos);
  EXPECT_NE(federated("SELECT * FROM lake.gold.nowhere").find("nowhere"), std::string::npos);
  EXPECT_TRUE(lake->asked.empty()) << "nothing was brought for either";
  FederatedQuery asked = query("SELECT 1");
  SyncCost cost;
  for (const Errc kind : {Errc::unauthenticated, Errc::permission_denied}) {
    lake->refusal = Error{kind, sandbox::Code::worker_unavailable, "Not for us.", {}};
    asked.names = {{"lake", "gold", "items"}};
    const Result<FetchedTables> refused = federation_.fetch(asked, {}, cost);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, Errc::conflict) << "his own token is good";
  }
  lake->refusal.reset();
  asked.names.assign(17, {"lake", "gold", "items"});
  EXPECT_EQ(federation_.fetch(asked, {}, cost).error().code, "query_too_large");
}

TEST_F(FederationTest, explains_what_would_be_sent_under_the_tables_own_names) {
  FederatedQuery asked = query(
      R"(EXPLAIN SELECT "we""ird, 'x' AND (y=1" FROM lake.gold.items WHERE id < 9 AND name = 'é')");
  asked.statement = pool->parse("acme", asked.request.sql, asked.request.deadline).value();
  asked.names = federation_.remote_names(asked.tenant, asked.statement);
  const auto explained = federation_.explain(asked, {});
  ASSERT_TRUE(explained) << to_line(explained.error());
  const boost::json::value rows = boost::json::parse((*explained)->rows);
  const boost::json::array& plan = rows.at(0).at(0).as_array();
  EXPECT_EQ(plan.back().at("name"), "REMOTE");
  EXPECT_EQ(plan.back().at("extra_info").at("Table"), "lake.gold.items");
  const std::string sent(plan.back().at("extra_info").at("Sent").as_string());
  EXPECT_NE(sent.find(R"("id" < CAST('9' AS BIGINT))"), std::string::npos) << sent;
  EXPECT_NE((*explained)->rows.find(R"(we\"ird)"), std::string::npos) << (*explained)->rows;
  EXPECT_TRUE(lake->asked.empty()) << "nothing is brought";
  asked.names.clear();
  EXPECT_FALSE(federation_.explain(asked, {}).value()) << "of local tables there is nothing to say";
}

TEST(DeadlineStop, TellsTheTimeFromTheCallersStop) {
  std::stop_source caller;
  {
    const DeadlineStop deadline(caller.get_token(), std::chrono::milliseconds(20));
    EXPECT_TRUE(soon([&] { return deadline.token().stop_requested(); }));
    EXPECT_TRUE(deadline.passed());
    EXPECT_FALSE(caller.stop_requested());
  }
  // It ends at once, whatever time is left.
  const DeadlineStop stopped(caller.get_token(), std::chrono::hours(1));
  EXPECT_FALSE(stopped.token().stop_requested());
  caller.request_stop();
  EXPECT_TRUE(stopped.token().stop_requested());
  EXPECT_FALSE(stopped.passed());
}

}  // namespace
}  // namespace sluice::federation
