// What is read from a plan, and that the rest is not sent. Pure.
#include "federation/plan_scans.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace sluice::federation {
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

TEST(PlanScans, FiltersThatAreUnderstood) {
  EXPECT_EQ(sent(R"j(["pq_0_1='it''s'", "pq_0_0>=5 AND pq_0_0<=7"])j"), "1=|it's; 0>=|5; 0<=|7");
  EXPECT_EQ(sent(R"j("(pq_0_1 IS NOT NULL) AND optional: pq_0_0 IN (1, 2)")j"),
            "1 not null; 0|1|2");
  EXPECT_EQ(sent(R"j("pq_0_1 IS NULL")j"), "1 null");
  EXPECT_EQ(sent(R"j("pq_0_1='a AND b'")j"), "1=|a AND b");
  EXPECT_EQ(sent(R"j("pq_0_1!='(' AND pq_0_0=-3")j"), "1!=|(; 0=|-3");
  EXPECT_EQ(sent(R"j("pq_0_0>='2024-01-31'::DATE")j"), "0>=|2024-01-31");
}

TEST(PlanScans, WhatIsNotUnderstoodIsNotSent) {
  for (const char* filter :
       {R"j("(lower(pq_0_1) = 'x')")j", R"j("pq_0_0=5 OR pq_0_1='x'")j", R"j("pq_0_0=pq_0_1")j",
        R"j("optional: Dynamic Filter (pq_0_0)")j", R"j("pq_0_0=5 + 1")j",
        R"j("pq_0_1='x' || 'y'")j", R"j("pq_0_0 IN (1, now())")j", R"j("other='x'")j",
        R"j("pq_9_0=1")j", R"j("pq_0_77=1")j", R"j("pq_0_1='x")j", R"j("NOT pq_0_0=5")j",
        R"j("xpq_0_0=5")j", R"j("pq_0_1='(data file)'")j", "\"pq_0_1<'\xEF\xBF\xBD'\""}) {
    EXPECT_EQ(sent(filter), "") << filter;
  }
}

TEST(PlanScans, ColumnsAreThoseThatAScanNames) {
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
  EXPECT_TRUE(scans_of(json::array(), "pq", tables)[1].columns.empty());
}

/// Else each cell of an answer would be NULL.
TEST(PlanScans, OfAPlanThatCannotBeReadAllIsWanted) {
  for (const json::value& plan : {json::value(), json::value("a plan as text")}) {
    const auto scans = scans_of(plan, "pq", tables);
    ASSERT_EQ(scans.size(), 2U);
    EXPECT_EQ(scans[0].columns, (std::vector<std::size_t>{0, 1}));
    EXPECT_EQ(scans[1].columns, (std::vector<std::size_t>{0}));
    EXPECT_TRUE(scans[0].filters.empty());
  }
}

}  // namespace
}  // namespace sluice::federation
