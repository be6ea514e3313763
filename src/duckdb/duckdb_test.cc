// The owners of the engine's handles and its errors, by a real engine in this process.
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "duckdb/database.h"
#include "duckdb/parquet_options.h"

namespace sluice::duckdb {
namespace {

class DuckDb : public testing::Test {
 protected:
  Database database_ =
      Database::open(job_settings({.memory_bytes = 256'000'000, .threads = 1})).value();
  Connection connection_ = database_.connect().value();
};

TEST_F(DuckDb, AppendedTextComesBackAsItWas) {
  ASSERT_TRUE(connection_.query("CREATE TABLE t (a VARCHAR, b VARCHAR)"));
  Appender appender = Appender::open(connection_, "t").value();
  appender.append_text("007");
  appender.append_null();
  ASSERT_TRUE(appender.end_row());
  ASSERT_TRUE(appender.close());
  const auto rows = connection_.query("FROM t").value().rows_as_text();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0][0], "007");
  EXPECT_EQ(rows[0][1], std::nullopt);
}

TEST_F(DuckDb, ErrorsHaveAKind) {
  EXPECT_EQ(connection_.query("SELEC 1").error().code, "duckdb_sql");
  EXPECT_EQ(connection_.query("FROM missing").error().kind, Errc::invalid_argument);
  EXPECT_EQ(connection_.query("SELECT error('column 3')").error().kind, Errc::unprocessable);
  EXPECT_EQ(connection_.query("SELECT 'x'::INTEGER").error().code, "duckdb_data");
}

TEST_F(DuckDb, AStatementThatANulWouldCutIsRefused) {
  using namespace std::string_literals;
  const auto cut = connection_.query("SELECT 1 \0 + 1"s);
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code, "duckdb_sql");
  EXPECT_NE(cut.error().detail.find("NUL"), std::string::npos);
}

TEST_F(DuckDb, StreamedTextIsEveryCellThatIsThere) {
  std::vector<std::string> cells[2];
  const auto take = [&](std::size_t column, std::string_view cell) {
    cells[column].emplace_back(cell);
  };
  ASSERT_TRUE(connection_.stream_text(
      "SELECT 'cell number ' || i, CASE WHEN i % 2 = 0 THEN 's' || i END FROM range(5000) r(i)",
      take));
  ASSERT_EQ(cells[0].size(), 5000U);
  EXPECT_EQ(cells[0].back(), "cell number 4999");
  ASSERT_EQ(cells[1].size(), 2500U);
  EXPECT_EQ(cells[1][1], "s2");
}

TEST_F(DuckDb, AStreamThatFailsSaysSo) {
  const auto error = [&](const std::string& sql) {
    return connection_.stream_text(sql, [](std::size_t, std::string_view) {}).error();
  };
  EXPECT_EQ(error("SELEC 'a'").code, "duckdb_sql");
  EXPECT_EQ(error("SELECT '").code, "duckdb_sql");
  // Behind rows that were handed over.
  const Error late =
      error("SELECT CASE WHEN i < 900000 THEN 'a' ELSE error('late') END FROM range(1000000) r(i)");
  EXPECT_NE(late.detail.find("late"), std::string::npos) << late.detail;
}

TEST_F(DuckDb, AFileThatTookThePlaceOfAnotherIsRead) {
  const std::string path =
      testing::TempDir() + "replaced-" + std::to_string(::getpid()) + ".parquet";
  Database writer =
      Database::open(job_settings({.memory_bytes = 256'000'000, .threads = 1})).value();
  Connection writes = writer.connect().value();
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(writes.query("COPY (SELECT " + std::to_string(i) + " AS x) TO '" + path +
                             "' (FORMAT parquet, USE_TMP_FILE false)"));
    EXPECT_EQ(connection_.query_int("SELECT x FROM read_parquet('" + path + "')").value_or(-1), i);
    ASSERT_EQ(::unlink(path.c_str()), 0);
  }
}

TEST_F(DuckDb, TwoThousandColumnsOfTextAreWritten) {
  Database database =
      Database::open(job_settings({.memory_bytes = 1'000'000'000, .threads = 2})).value();
  Connection connection = database.connect().value();
  const std::string path = testing::TempDir() + "wide-" + std::to_string(::getpid()) + ".parquet";
  std::string select = "SELECT ";
  for (int i = 0; i < 2'000; ++i) {
    select +=
        (i > 0 ? ", " : "") + std::string("CAST(range % 9 AS VARCHAR) AS c") + std::to_string(i);
  }
  const auto written = connection.query("COPY (" + select + " FROM range(3000)) TO '" + path +
                                        "' " + parquet_options(2'000));
  EXPECT_TRUE(written) << to_line(written.error());
  EXPECT_EQ(connection.query_int("SELECT count(*) FROM read_parquet('" + path + "')").value_or(0),
            3'000);
  ::unlink(path.c_str());
}

TEST_F(DuckDb, AnUnknownSettingIsRefused) {
  EXPECT_EQ(Database::open({{"no_such_setting", "1"}}).error().code, "duckdb_open");
}

}  // namespace
}  // namespace sluice::duckdb
