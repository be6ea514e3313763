// Cells of every type as JSON, with the engine's own JSON as the judge. A real engine here.
#include "duckdb/cells/json_cells.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "duckdb/database.h"
#include "duckdb/parquet_options.h"

namespace sluice::duckdb {
namespace {

/// What each type's cell looks like over HTTP is tested in query/render. Here: that the vectors are
/// read rightly, wherever and however the engine lays them, with its own JSON as the judge.
class JsonCells : public testing::Test {
 protected:
  /// The cells of a result's columns, row by row.
  std::vector<std::vector<std::string>> cells(const std::string& sql) {
    Result<QueryResult> answer = connection_.query(sql);
    EXPECT_TRUE(answer) << to_line(answer.error());
    if (!answer) return {};
    QueryResult& result = *answer;
    std::vector<CellType> types;
    for (idx_t i = 0; i < result.column_count(); ++i) {
      duckdb_logical_type type = duckdb_column_logical_type(&result.raw(), i);
      types.push_back(cell_type(type));
      duckdb_destroy_logical_type(&type);
    }
    std::vector<std::vector<std::string>> rows;
    while (duckdb_data_chunk chunk = duckdb_fetch_chunk(result.raw())) {
      std::vector<CellVector> vectors;
      for (idx_t i = 0; i < types.size(); ++i) {
        vectors.emplace_back(types[i], duckdb_data_chunk_get_vector(chunk, i));
      }
      for (idx_t row = 0; row < duckdb_data_chunk_get_size(chunk); ++row) {
        auto& texts = rows.emplace_back();
        for (const CellVector& vector : vectors) vector.append_json(texts.emplace_back(), row);
      }
      duckdb_destroy_data_chunk(&chunk);
    }
    return rows;
  }
  /// Each row's first cell by us and by the engine, which differ nowhere.
  void expect_the_engines_json(const std::string& value, const std::string& from,
                               std::size_t count) {
    const auto rows =
        cells("SELECT v, to_json(v)::VARCHAR FROM (SELECT " + value + " AS v " + from + ")");
    ASSERT_EQ(rows.size(), count) << from;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      std::string judge;
      append_json_text(judge, rows[i][0]);
      if (rows[i][1] == "null") judge = rows[i][0];
      ASSERT_EQ(judge, rows[i][1]) << value << " " << from << ", row " << i;
    }
  }

  Database database_ =
      Database::open(job_settings({.memory_bytes = 256'000'000, .threads = 1})).value();
  Connection connection_ = database_.connect().value();
};

/// A value of every nested kind, with NULLs at each depth, none of them at the same rows.
constexpr const char* nested =
    "CASE WHEN i % 11 <> 0 THEN {"
    "'n': CASE WHEN i % 2 = 0 THEN i END, "
    "'t': CASE WHEN i % 3 <> 0 THEN 'text ' || i % 7 END, "
    "'list': CASE WHEN i % 5 <> 0 THEN list_transform(range(i % 4), lambda x: "
    "CASE WHEN (x + i) % 3 <> 0 THEN {'x': x, 'deep': [[i, NULL], []]} END) END, "
    "'map': CASE WHEN i % 13 <> 0 THEN map {'k' || i % 3: i, 'always': NULL} END, "
    "'e': CASE WHEN i % 4 <> 0 THEN ['a', 'b', 'c'][1 + i % 3]::ENUM('a', 'b', 'c') END, "
    "'f': i % 2 = 1, 'd': DATE '2024-02-28' + (i % 3)::INTEGER"
    "} END";

TEST_F(JsonCells, NestedValuesAreThoseOfTheEngineInEveryRow) {
  expect_the_engines_json(nested, "FROM range(5000) t(i)", 5'000);
  expect_the_engines_json("(CASE WHEN i % 7 <> 0 THEN [i % 3, NULL] END)::INTEGER[2]",
                          "FROM range(5000) t(i)", 5'000);
  expect_the_engines_json("[{'a': i, 'b': [i]::BIGINT[1]}, NULL]::STRUCT(a BIGINT, b BIGINT[1])[2]",
                          "FROM range(5000) t(i) WHERE i % 3 = 1", 1'667);
}

/// Filters, limits and joins leave vectors that are slices of others.
TEST_F(JsonCells, SlicesOfVectorsAreReadWhereTheyBegin) {
  expect_the_engines_json(nested, "FROM range(9000) t(i) WHERE i % 17 = 3", 530);
  expect_the_engines_json(nested, "FROM range(9000) t(i) LIMIT 100 OFFSET 4090", 100);
  const std::string inner =
      std::string("FROM (SELECT ") + nested + " AS v, i FROM range(300) t(i))";
  expect_the_engines_json("v", inner + " a JOIN range(900) b(j) ON b.j % 300 = a.i", 900);
  expect_the_engines_json("v.list", inner, 300);
  expect_the_engines_json("v.list[2]", inner, 300);
  expect_the_engines_json("[v, v]", inner + " ORDER BY i DESC", 300);
  expect_the_engines_json("{'same': 'for all', 'i': i, 'none': NULL}", "FROM range(3000) t(i)",
                          3'000);
}

TEST_F(JsonCells, DictionariesOfParquetAreRead) {
  const std::string path = testing::TempDir() + "cells-" + std::to_string(::getpid()) + ".parquet";
  ASSERT_TRUE(connection_.query("COPY (SELECT i, " + std::string(nested) +
                                " AS v, 'name ' || i % 3 AS t FROM range(5000) t(i)) TO '" + path +
                                "' " + parquet_options(3)));
  expect_the_engines_json("v", "FROM '" + path + "'", 5'000);
  expect_the_engines_json("t", "FROM '" + path + "' WHERE i % 2 = 0 AND t <> 'name 1'", 1'667);
  ::unlink(path.c_str());
}

TEST_F(JsonCells, ATagChoosesTheMemberOfAUnion) {
  const auto rows = cells(
      "SELECT CASE i % 3 WHEN 0 THEN union_value(n := i)::UNION(n BIGINT, t VARCHAR[]) "
      "WHEN 1 THEN union_value(t := ['x' || i])::UNION(n BIGINT, t VARCHAR[]) END "
      "FROM range(3000) t(i)");
  ASSERT_EQ(rows.size(), 3'000U);
  EXPECT_EQ(rows[0][0], "0");
  EXPECT_EQ(rows[1][0], R"(["x1"])");
  EXPECT_EQ(rows[2][0], "null");
  EXPECT_EQ(rows[2998][0], R"(["x2998"])");
}

/// The engine keeps a value's place in one, two or four bytes, by how many there are.
TEST_F(JsonCells, EnumsOfEverySizeFindTheirWords) {
  for (const int count : {2, 255, 256, 257, 65'535, 65'536, 70'000}) {
    ASSERT_TRUE(connection_.query("CREATE OR REPLACE TYPE e AS ENUM (SELECT 'w' || i FROM range(" +
                                  std::to_string(count) + ") t(i))"));
    const std::string last = "w" + std::to_string(count - 1);
    const auto rows = cells("SELECT '" + last + "'::e, 'w1'::e, NULL::e");
    EXPECT_EQ(rows[0], (std::vector<std::string>{'"' + last + '"', R"("w1")", "null"})) << count;
  }
}

TEST_F(JsonCells, TheEndsOfEachRange) {
  const std::pair<const char*, const char*> ends[] = {
      {"170141183460469231731687303715884105727::HUGEINT",
       R"("170141183460469231731687303715884105727")"},
      {"(-9007199254740993)::HUGEINT", R"("-9007199254740993")"},
      {"0.00::DECIMAL(3,2)", "0.00"},
      {"(-0.99)::DECIMAL(2,2)", "-0.99"},
      {"0.00000000000000000000000000000000000001::DECIMAL(38,38)",
       "0.00000000000000000000000000000000000001"},
      {"'-infinity'::TIMESTAMP", R"("-infinity")"},
      {"'infinity'::TIMESTAMPTZ", R"("infinity")"},
      {"'infinity'::TIMESTAMP_NS", R"("infinity")"},
      {"'-infinity'::DATE", R"("-infinity")"},
      {"'290309-12-22 (BC) 00:00:00'::TIMESTAMP", R"j("290309-12-22 (BC) 00:00:00")j"},
      {"'0044-03-15 (BC) 12:00:00Z'::TIMESTAMPTZ", R"j("0044-03-15 (BC)T12:00:00Z")j"},
      {"'12345-06-07 08:09:10Z'::TIMESTAMPTZ", R"("12345-06-07T08:09:10Z")"},
      {"TIME '24:00:00'", R"("24:00:00")"},
      {"'23:59:59.999999-15:59:59'::TIMETZ", R"("23:59:59.999999-15:59:59")"},
      {"INTERVAL '-1 month 30 days -0.000001 seconds'", R"("-1 month 30 days -00:00:00.000001")"},
      {"'0'::BIT", R"("0")"},
      {"'1010101010101'::BIT", R"("1010101010101")"},
      {"5e-324::DOUBLE", "5e-324"},
      {"'1e-45'::FLOAT", "1e-45"},
      {"1.7976931348623157e308::DOUBLE", "1.7976931348623157e+308"},
      {"chr(0) || chr(127) || chr(31)", R"("\u0000)"
                                        "\x7f"
                                        R"(\u001f")"},
  };
  for (const auto& [sql, wanted] : ends) {
    EXPECT_EQ(cells(std::string("SELECT ") + sql).at(0).at(0), wanted) << sql;
  }
}

TEST_F(JsonCells, TypesAreNamedAsSqlTakesThem) {
  for (const char* type :
       {"DECIMAL(38,0)", "INTEGER[][3]", "MAP(VARCHAR, TIMESTAMP WITH TIME ZONE)",
        R"(STRUCT("a ""b""" ENUM('it''s', 'no')[], "c" HUGEINT))", R"(UNION("n" BLOB, "t" UUID))",
        "TIME WITH TIME ZONE", "TIMESTAMP_NS"}) {
    QueryResult result = connection_.query(std::string("SELECT NULL::") + type).value();
    duckdb_logical_type raw = duckdb_column_logical_type(&result.raw(), 0);
    EXPECT_EQ(cell_type(raw).text, type);
    EXPECT_TRUE(is_renderable(cell_type(raw)));
    duckdb_destroy_logical_type(&raw);
  }
}

}  // namespace
}  // namespace sluice::duckdb
