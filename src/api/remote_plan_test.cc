#include "api/remote_plan.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace sluice::api {
namespace {

namespace json = boost::json;
using lakehouse::RemoteFilter;
using lakehouse::RemoteScan;
using lakehouse::RemoteTable;

const std::vector<RemoteTable> tables = {
    {{"c", "gold", "a"}, {{"id", "", "BIGINT", "bigint"}, {"name", "", "VARCHAR", "string"}}},
    {{"c", "gold", "b"}, {{"id", "", "BIGINT", "bigint"}}}};

json::value scan(const std::string& projections, const std::string& filters) {
  return json::parse(R"([{"name":"READ_PARQUET","children":[],"extra_info":{"Projections":)" +
                     projections + (filters.empty() ? "" : R"(,"Filters":)" + filters) + "}}]");
}

std::string sent(const std::string& filters) {
  std::string text;
  const std::vector<RemoteScan> scans = scans_of(scan(R"(["pq_0_0"])", filters), "pq", tables);
  for (const RemoteFilter& filter : scans[0].filters) {
    text += (text.empty() ? "" : "; ") + std::to_string(filter.column) + filter.compare;
    if (filter.kind == RemoteFilter::Kind::is_null) text += " null";
    if (filter.kind == RemoteFilter::Kind::is_not_null) text += " not null";
    for (const std::string& value : filter.values) text += "|" + value;
  }
  return text;
}

TEST(RemotePlan, FiltersThatAreUnderstood) {
  EXPECT_EQ(sent(R"j(["pq_0_1='it''s'", "pq_0_0>=5 AND pq_0_0<=7"])j"), "1=|it's; 0>=|5; 0<=|7");
  EXPECT_EQ(sent(R"j("(pq_0_1 IS NOT NULL) AND optional: pq_0_0 IN (1, 2)")j"),
            "1 not null; 0|1|2");
  EXPECT_EQ(sent(R"j("pq_0_1 IS NULL")j"), "1 null");
  EXPECT_EQ(sent(R"j("pq_0_1='a AND b'")j"), "1=|a AND b");
  EXPECT_EQ(sent(R"j("pq_0_1!='(' AND pq_0_0=-3")j"), "1!=|(; 0=|-3");
  EXPECT_EQ(sent(R"j("pq_0_0>='2024-01-31'::DATE")j"), "0>=|2024-01-31");
}

TEST(RemotePlan, WhatIsNotUnderstoodIsNotSent) {
  for (const char* filter :
       {R"j("(lower(pq_0_1) = 'x')")j", R"j("pq_0_0=5 OR pq_0_1='x'")j", R"j("pq_0_0=pq_0_1")j",
        R"j("optional: Dynamic Filter (pq_0_0)")j", R"j("pq_0_0=5 + 1")j",
        R"j("pq_0_1='x' || 'y'")j", R"j("pq_0_0 IN (1, now())")j", R"j("other='x'")j",
        R"j("pq_9_0=1")j", R"j("pq_0_77=1")j", R"j("pq_0_1='x")j", R"j("NOT pq_0_0=5")j",
        R"j("xpq_0_0=5")j"}) {
    EXPECT_EQ(sent(filter), "") << filter;
  }
}

TEST(RemotePlan, ColumnsAreThoseThatAScanNames) {
  const auto scans = scans_of(scan(R"(["pq_0_1", "pq_1_0"])", ""), "pq", tables);
  EXPECT_EQ(scans[0].columns, (std::vector<std::size_t>{1}));
  EXPECT_EQ(scans[1].columns, (std::vector<std::size_t>{0}));
  // A scan that names none may be of any: then nothing may be left out of the rows.
  const json::value two = json::parse(
      R"([{"name":"HASH_JOIN","children":[
        {"name":"READ_PARQUET","children":[],"extra_info":{"Projections":""}},
        {"name":"READ_PARQUET","children":[],"extra_info":{"Projections":"pq_0_0","Filters":"pq_0_0=5"}}
      ],"extra_info":{}}])");
  EXPECT_TRUE(scans_of(two, "pq", tables)[0].filters.empty());
  EXPECT_TRUE(scans_of(json::value(), "pq", tables)[1].columns.empty());
}

TEST(RemotePlan, TheLimitOfWhatFlowsThrough) {
  const json::value whole = scan(R"("pq_0_0")", "");
  const json::value limited = json::parse(
      R"([{"name":"STREAMING_LIMIT","extra_info":{},"children":[
        {"name":"READ_PARQUET","children":[],"extra_info":{"Projections":"pq_0_0"}}]}])");
  EXPECT_EQ(rows_needed(whole, "SELECT id FROM t", 100), 101);
  EXPECT_EQ(rows_needed(whole, "SELECT id FROM t", INT64_MAX), std::nullopt);
  EXPECT_EQ(rows_needed(limited, "SELECT id FROM t LIMIT 7 ;", 100), 7);
  EXPECT_EQ(rows_needed(limited, "SELECT id FROM t LIMIT 7 OFFSET 5", 100), std::nullopt);
  EXPECT_EQ(rows_needed(limited, "SELECT id FROM t LIMIT 700 -- LIMIT 7", 100), std::nullopt);
  EXPECT_EQ(rows_needed(limited, "SELECT id FROM t LIMIT $1", 100), std::nullopt);
  EXPECT_EQ(rows_needed(scan(R"("pq_0_0")", R"("pq_0_0=5")"), "SELECT id FROM t", 9), std::nullopt);
  const json::value grouped = json::parse(
      R"([{"name":"HASH_GROUP_BY","extra_info":{},"children":[
        {"name":"READ_PARQUET","children":[],"extra_info":{}}]}])");
  EXPECT_EQ(rows_needed(grouped, "SELECT id FROM t GROUP BY 1 LIMIT 7", 100), std::nullopt);
}

/// Each limit of the plan but the outermost takes its rows from what the ones below it left.
TEST(RemotePlan, asks_for_all_rows_where_one_limit_stands_in_another) {
  const boost::json::value plan = boost::json::parse(
      R"([{"name": "LIMIT", "extra_info": {}, "children": [{"name": "STREAMING_LIMIT",
           "extra_info": {}, "children": [{"name": "READ_PARQUET", "children": [],
           "extra_info": {"Projections": "px_0_0"}}]}]}])");
  for (const char* sql : {"SELECT * FROM (SELECT id FROM t OFFSET 10) LIMIT 5",
                          "WITH x AS (SELECT id FROM t OFFSET 10) SELECT * FROM x LIMIT 5",
                          "SELECT * FROM (SELECT id FROM t LIMIT 20 OFFSET 10) LIMIT 5"}) {
    EXPECT_EQ(rows_needed(plan, sql, 100), std::nullopt) << sql;
  }
}

TEST(RemotePlan, asks_for_all_rows_where_any_offset_is_named) {
  const boost::json::value plan = boost::json::parse(
      R"([{"name": "LIMIT", "extra_info": {}, "children": [{"name": "READ_PARQUET", "children": [],
           "extra_info": {"Projections": "px_0_0"}}]}])");
  EXPECT_EQ(rows_needed(plan, "SELECT * FROM (SELECT id FROM t Offset 10) LIMIT 5", 100),
            std::nullopt);
}

}  // namespace
}  // namespace sluice::api
