// What a profile says of each kind of column, by a real engine in this process. Keys and forms
// are those of the API's schema Profile.
#include "profile/profile.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "profile/profile_json.h"

namespace sluice::profile {
namespace {

namespace json = boost::json;

class Profile : public testing::Test {
 protected:
  /// The profile of a SELECT whose columns have these names and types.
  json::array profile_of(const std::string& select,
                         const std::vector<std::pair<std::string, std::string>>& named) {
    std::vector<Column> columns;
    for (const auto& [name, type] : named) columns.push_back({name, name, type, ""});
    raw_ = make_profile(connection_, "(" + select + ")", columns, stop_.get_token())
               .or_else([](const Error& error) { ADD_FAILURE() << to_line(error); })
               .value_or("[]");
    return json::parse(raw_).as_array();
  }
  static double at(const json::value& column, const char* path) {
    return column.at_pointer(path).to_number<double>();
  }
  duckdb::Database database_ =
      duckdb::Database::open(duckdb::job_settings({.memory_bytes = 256'000'000, .threads = 2}))
          .value();
  duckdb::Connection connection_ = database_.connect().value();
  std::stop_source stop_;
  std::string raw_;
};

TEST_F(Profile, OfNumbers) {
  const json::array columns = profile_of(
      "SELECT CASE WHEN i < 1000 THEN i END AS i, CAST(i % 4 AS DECIMAL(9,2)) AS d, "
      "CASE WHEN i = 0 THEN 'NaN'::DOUBLE WHEN i = 1 THEN 'Infinity'::DOUBLE ELSE i / 10.0::DOUBLE "
      "END AS f FROM range(1010) r(i)",
      {{"i", "BIGINT"}, {"d", "DECIMAL(9,2)"}, {"f", "DOUBLE"}});
  const json::value& i = columns.at(0);
  EXPECT_EQ(at(i, "/count"), 1000);
  EXPECT_EQ(at(i, "/nulls"), 10);
  EXPECT_NEAR(at(i, "/distinct"), 1000, 100);
  EXPECT_EQ(i.at("distinct_is_exact"), json::value(false));
  EXPECT_EQ(at(i, "/min"), 0);
  EXPECT_EQ(at(i, "/max"), 999);
  EXPECT_EQ(at(i, "/mean"), 499.5);
  EXPECT_NEAR(at(i, "/quantiles/0.05"), 50, 5);
  EXPECT_NEAR(at(i, "/quantiles/0.5"), 500, 5);
  EXPECT_TRUE(i.at("top").as_array().empty()) << "each value is there once";
  ASSERT_EQ(i.at("histogram").as_array().size(), 20U);
  for (const json::value& bin : i.at("histogram").as_array()) EXPECT_EQ(at(bin, "/count"), 50);
  EXPECT_EQ(at(i, "/histogram/19/to"), 999);
  const json::value& d = columns.at(1);
  EXPECT_NE(raw_.find("\"min\":0.00,\"max\":3.00"), std::string::npos) << "digits are exact";
  EXPECT_EQ(at(d, "/distinct"), 4);
  EXPECT_EQ(d.at("distinct_is_exact"), json::value(true));
  EXPECT_EQ(d.at("top").as_array().size(), 4U);
  EXPECT_EQ(at(d, "/top/0/count"), 253);
  const json::value& f = columns.at(2);
  EXPECT_EQ(at(f, "/count"), 1010);
  EXPECT_EQ(at(f, "/min"), 0.2) << "NaN and infinity have no place among the others";
  EXPECT_EQ(at(f, "/max"), 100.9);
}

TEST_F(Profile, OfWideNumbersAndExtremes) {
  const json::array columns = profile_of(
      "SELECT * FROM (VALUES ('170141183460469231731687303715884105727'::HUGEINT, "
      "99999999999999999999999999999999999999::DECIMAL(38,0), 1.7e308::DOUBLE, 9007199254740993), "
      "('-170141183460469231731687303715884105727'::HUGEINT, "
      "99999999999999999999999999999999999999::DECIMAL(38,0), -1.7e308::DOUBLE, 9007199254740993)) "
      "t(h, d, f, b)",
      {{"h", "HUGEINT"}, {"d", "DECIMAL(38,0)"}, {"f", "DOUBLE"}, {"b", "BIGINT"}});
  EXPECT_EQ(columns.at(0).at("max").as_string(), "170141183460469231731687303715884105727");
  EXPECT_NE(raw_.find("99999999999999999999999999999999999999,"), std::string::npos);
  EXPECT_EQ(columns.at(2).at("histogram").as_array().size(), 1U) << "no width that a DOUBLE holds";
  EXPECT_EQ(at(columns.at(2), "/histogram/0/count"), 2);
  EXPECT_EQ(columns.at(3).at("min").as_string(), "9007199254740993");
  EXPECT_EQ(columns.at(3).at_pointer("/top/0/value").as_string(), "9007199254740993");
  EXPECT_EQ(at(columns.at(3), "/histogram/0/count"), 2);
}

TEST_F(Profile, OfTimes) {
  const json::array columns = profile_of(
      "SELECT DATE '2025-01-01' + CAST(i % 7 AS INTEGER) AS d, "
      "TIMESTAMP '2025-01-01 00:00:00' + to_hours(i) AS t, "
      "TIMESTAMPTZ '2025-01-01 00:00:00+00' + to_hours(i) AS z FROM range(70) r(i)",
      {{"d", "DATE"}, {"t", "TIMESTAMP"}, {"z", "TIMESTAMPTZ"}});
  EXPECT_EQ(columns.at(0).at("min").as_string(), "2025-01-01");
  EXPECT_EQ(columns.at(0).at_pointer("/quantiles/0.5").as_string(), "2025-01-04");
  ASSERT_EQ(columns.at(0).at("histogram").as_array().size(), 7U) << "a bin a day";
  EXPECT_EQ(at(columns.at(0), "/histogram/3/count"), 10);
  EXPECT_EQ(columns.at(0).at_pointer("/histogram/6/from").as_string(), "2025-01-07");
  EXPECT_EQ(columns.at(1).at("max").as_string(), "2025-01-03 21:00:00");
  EXPECT_EQ(columns.at(1).at_pointer("/histogram/0/from").as_string(), "2025-01-01 00:00:00");
  EXPECT_EQ(columns.at(2).at("max").as_string(), "2025-01-03T21:00:00Z");
  EXPECT_EQ(columns.at(2).at_pointer("/histogram/19/to").as_string(), "2025-01-03T21:00:00Z");
}

TEST_F(Profile, OfTextAndTruth) {
  const json::array columns = profile_of(
      "SELECT CASE WHEN i % 3 = 0 THEN 'a,\"]\\' WHEN i % 3 = 1 THEN 'größer' "
      "ELSE repeat('z', 300) END AS t, i < 20 AS b, repeat('y', 2000 + CAST(i AS INTEGER) % 2) AS "
      "l "
      "FROM range(90) r(i)",
      {{"t", "VARCHAR"}, {"b", "BOOLEAN"}, {"l", "VARCHAR"}});
  const json::value& t = columns.at(0);
  EXPECT_EQ(t.at("min").as_string(), "a,\"]\\");
  EXPECT_EQ(t.at("max").as_string(), std::string(200, 'z') + "…");
  EXPECT_EQ(at(t, "/distinct"), 3);
  EXPECT_EQ(at(t, "/top/2/count"), 30);
  EXPECT_EQ(at(t, "/min_length"), 5);
  EXPECT_EQ(at(t, "/max_length"), 300);
  EXPECT_EQ(at(t, "/length_histogram/0/count"), 60);
  EXPECT_EQ(t.as_object().contains("quantiles"), false);
  EXPECT_EQ(columns.at(1).at_pointer("/top/0/value"), json::value(false));
  EXPECT_EQ(at(columns.at(1), "/top/0/count"), 70);
  EXPECT_TRUE(columns.at(2).at("top").as_array().empty()) << "longer than top_value_bytes_max";
  EXPECT_EQ(at(columns.at(2), "/distinct"), 2);
}

TEST_F(Profile, OfNestedColumnsAndNoRows) {
  const json::array columns =
      profile_of("SELECT {'a': i} AS s, CASE WHEN i > 1 THEN [i] END AS l FROM range(5) r(i)",
                 {{"s", "STRUCT(a BIGINT)"}, {"l", "BIGINT[]"}});
  EXPECT_EQ(at(columns.at(1), "/count"), 3);
  EXPECT_EQ(at(columns.at(1), "/nulls"), 2);
  EXPECT_FALSE(columns.at(1).as_object().contains("distinct"));
  for (const char* rows : {"range(0)", "range(3)"}) {
    const json::array none = profile_of(
        std::string("SELECT NULL::BIGINT AS i, NULL::VARCHAR AS t, NULL::DATE AS d FROM ") + rows,
        {{"i", "BIGINT"}, {"t", "VARCHAR"}, {"d", "DATE"}});
    for (const json::value& column : none) {
      EXPECT_EQ(at(column, "/count"), 0);
      EXPECT_EQ(at(column, "/distinct"), 0);
      EXPECT_TRUE(column.at("min").is_null());
      EXPECT_TRUE(column.at("top").as_array().empty());
    }
    EXPECT_TRUE(none.at(0).at("mean").is_null());
    EXPECT_TRUE(none.at(1).at("max_length").is_null());
  }
}

TEST_F(Profile, OfManyColumnsKeepsTheirOrder) {
  std::string select = "SELECT ";
  std::vector<std::pair<std::string, std::string>> named;
  for (int i = 0; i < 250; ++i) {
    const std::string name = "a \"q\" " + std::to_string(i);
    select += (i > 0 ? ", " : "") + std::to_string(i) + "::INTEGER AS \"a \"\"q\"\" " +
              std::to_string(i) + "\"";
    named.emplace_back(name, "INTEGER");
  }
  const json::array columns = profile_of(select, named);
  ASSERT_EQ(columns.size(), 250U);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    EXPECT_EQ(columns[i].at("name").as_string(), named[i].first);
    EXPECT_EQ(at(columns[i], "/max"), static_cast<double>(i));
  }
}

TEST_F(Profile, StopsWhenTold) {
  stop_.request_stop();
  EXPECT_EQ(
      make_profile(connection_, "range(10)", {{"range", "range", "BIGINT", ""}}, stop_.get_token())
          .error()
          .kind,
      Errc::cancelled);
}

TEST_F(Profile, OfTheFirstAndLastMomentsThatAreTaken) {
  // parquet_values.cc says which are.
  const json::array columns = profile_of(
      "SELECT * FROM (VALUES (DATE '5877642-06-25 (BC)', TIMESTAMP '290309-12-22 (BC) 00:00:00', "
      "make_timestamptz(-9000000000000000000)), (DATE '5881580-07-10', "
      "make_timestamp(9223372036854775806), make_timestamptz(9000000000000000000)), "
      "(DATE '2024-01-01', TIMESTAMP '2024-01-01 00:00:00', make_timestamptz(0))) v(d, t, z)",
      {{"d", "DATE"}, {"t", "TIMESTAMP"}, {"z", "TIMESTAMPTZ"}});
  ASSERT_EQ(columns.size(), 3U);
  for (const json::value& column : columns) EXPECT_EQ(at(column, "/count"), 3);
}

}  // namespace
}  // namespace sluice::profile
