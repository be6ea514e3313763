// The engine's errors as ours, by a real engine in this process; a full disk is /dev/full.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>

#include "base/ids.h"
#include "base/scoped_path.h"
#include "duckdb/arrow_abi.h"
#include "duckdb/database.h"

namespace sluice::duckdb {
namespace {

class EngineErrors : public testing::Test {
 protected:
  /// `kind code` of what the statement fails with.
  std::string failure(const std::string& sql) {
    const Result<QueryResult> result = connection_.query(sql);
    if (result) return "passed";
    return std::to_string(static_cast<int>(result.error().kind)) + " " + result.error().code.text();
  }
  static std::string of(Errc kind, const std::string& code) {
    return std::to_string(static_cast<int>(kind)) + " " + code;
  }
  const ScopedPath folder_{std::filesystem::temp_directory_path() / ("engine_" + random_hex(8))};
  Database database_ =
      Database::open(job_settings({.memory_bytes = 64'000'000, .threads = 1})).value();
  Connection connection_ = database_.connect().value();
};

TEST_F(EngineErrors, WhoseFaultItIsShowsInTheKind) {
  const std::string sql = of(Errc::invalid_argument, "duckdb_sql");
  EXPECT_EQ(failure("SELECT FROM"), sql);
  EXPECT_EQ(failure("SELECT missing FROM range(3)"), sql);
  EXPECT_EQ(failure("SELECT no_such_function(1)"), sql);
  const std::string data = of(Errc::unprocessable, "duckdb_data");
  EXPECT_EQ(failure("SELECT CAST('1.5.5' AS DECIMAL(9,2))"), data);
  EXPECT_EQ(failure("SELECT 9223372036854775807::BIGINT + x::BIGINT FROM range(1, 2) t(x)"), data);
  EXPECT_EQ(failure("SELECT 300::TINYINT"), data);
  EXPECT_EQ(failure("SELECT make_date(2024, 2, 30)"), data);
  const std::string io = of(Errc::internal, "duckdb_io");
  EXPECT_EQ(failure("FROM read_parquet('/no/such.parquet')"), io);
  EXPECT_EQ(failure("COPY (SELECT 1) TO '/no/such/folder/file.parquet' (FORMAT parquet)"), io);
}

TEST_F(EngineErrors, AFullDiskIsNoFaultOfTheEngine) {
  const Result<QueryResult> full = connection_.query(
      "COPY (FROM range(100000)) TO '/dev/full' (FORMAT parquet, USE_TMP_FILE false)");
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, "disk_full");
  EXPECT_EQ(full.error().kind, Errc::resource_exhausted);
  EXPECT_FALSE(full.error().remedy.empty());
}

TEST_F(EngineErrors, MoreMemoryThanItMayTakeIsRefusedAndTheEngineGoesOn) {
  const std::string sorted =
      "SELECT count(*) FROM (SELECT md5(i::VARCHAR) AS h FROM range(2000000) t(i) ORDER BY h)";
  EXPECT_EQ(failure("CREATE TABLE t AS SELECT md5(i::VARCHAR) AS h FROM range(4000000) t(i)"),
            of(Errc::resource_exhausted, "duckdb_out_of_memory"));
  EXPECT_EQ(connection_.query_int("SELECT 1").value_or(0), 1);
  ASSERT_TRUE(connection_.query("SET temp_directory = '" + folder_.path().string() + "'"));
  EXPECT_EQ(connection_.query_int(sorted).value_or(0), 2'000'000) << "where it may spill it does";
}

TEST_F(EngineErrors, NoExtensionComesByItself) {
  EXPECT_NE(failure("FROM read_parquet('https://127.0.0.1:1/x.parquet')"), "passed");
  EXPECT_NE(failure("LOAD httpfs"), "passed");
  const auto loaded = connection_.query(
      "SELECT extension_name FROM duckdb_extensions() WHERE loaded AND install_mode <> "
      "'STATICALLY_LINKED'");
  ASSERT_TRUE(loaded) << to_line(loaded.error());
}

TEST_F(EngineErrors, AStopEndsAStatementAndNotTheSession) {
  std::stop_source stop;
  const std::string endless =
      "SELECT count(*) FROM range(1000000000000) t(i) WHERE md5(i::VARCHAR) = 'x'";
  std::jthread stopper([&stop] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    stop.request_stop();
  });
  const Result<QueryResult> stopped = connection_.query(endless, stop.get_token());
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, "cancelled");
  EXPECT_EQ(stopped.error().kind, Errc::cancelled);
  EXPECT_EQ(connection_.query("SELECT 1", stop.get_token()).error().code, "cancelled")
      << "one that came before asks the engine nothing";
  EXPECT_EQ(connection_.query_int("SELECT 42").value_or(0), 42);
  // A statement that was done is no error of a stop, and another's failure keeps its own code.
  std::stop_source unused;
  EXPECT_TRUE(connection_.query("SELECT 1", unused.get_token()));
  EXPECT_EQ(connection_.query("SELECT FROM", unused.get_token()).error().code, "duckdb_sql");
}

TEST_F(EngineErrors, AnAnswerWithoutAValueIsNoNumber) {
  EXPECT_EQ(connection_.query_int("SELECT 1 WHERE false").error().code, "duckdb_no_row");
  QueryResult first = connection_.query("SELECT 1 AS a, NULL AS b, '' AS c, 'x' AS d").value();
  QueryResult second = connection_.query("SELECT 'other'").value();
  second = std::move(first);
  EXPECT_EQ(second.column_count(), 4U);
  EXPECT_EQ(second.column_name(1), "b");
  EXPECT_EQ(second.column_name(9), "");
  const auto rows = second.rows_as_text();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0][1], std::nullopt);
  EXPECT_EQ(rows[0][2], "");
}

TEST_F(EngineErrors, RowsThatDoNotFitAreRefusedByTheAppender) {
  EXPECT_EQ(Appender::open(connection_, "nowhere").error().code, "duckdb_append");
  ASSERT_TRUE(connection_.query("CREATE TABLE t (a VARCHAR, b VARCHAR NOT NULL)"));
  Appender half = Appender::open(connection_, "t").value();
  half.append_text("only one");
  EXPECT_EQ(half.end_row().error().code, "duckdb_append");
  Appender null = Appender::open(connection_, "t").value();
  null.append_text(std::string_view("a\0b", 3));
  null.append_null();
  const Result<void> ended = null.end_row();
  const Result<void> closed = null.close();
  EXPECT_TRUE(!ended || !closed) << "NOT NULL shows at close at the latest";
  EXPECT_EQ(connection_.query_int("SELECT count(*) FROM t").value_or(-1), 0);
}

/// A stream of batches of which the first cannot be had.
struct TornStream : ArrowArrayStream {
  TornStream() : ArrowArrayStream{} {
    get_schema = &schema;
    get_next = [](ArrowArrayStream*, ArrowArray*) { return 5; };
    get_last_error = [](ArrowArrayStream*) { return "line 7 is torn"; };
    release = [](ArrowArrayStream* stream) { stream->release = nullptr; };
  }
  static int schema(ArrowArrayStream*, ArrowSchema* out) {
    static ArrowSchema number{"l",     "n",     nullptr, arrow_nullable, 0,
                              nullptr, nullptr, nullptr, nullptr};
    number.release = [](ArrowSchema* schema) { schema->release = nullptr; };
    static ArrowSchema* children[] = {&number};
    *out = {"+s", "", nullptr, 0, 1, children, nullptr, number.release, nullptr};
    return 0;
  }
};

TEST_F(EngineErrors, AStreamThatFailsEndsItsStatementWithItsOwnWords) {
  TornStream torn;
  ASSERT_TRUE(connection_.scan_arrow("torn", &torn));
  const Result<QueryResult> read = connection_.query("SELECT sum(n) FROM torn");
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().detail.find("line 7 is torn"), std::string::npos) << read.error().detail;
  EXPECT_EQ(connection_.query_int("SELECT 1").value_or(0), 1);
}

TEST(ForbidEngines, NoEngineOpensInAProcessThatServes) {
  EXPECT_EXIT(
      {
        forbid_engines();
        const Result<Database> opened = Database::open({});
        ::_exit(!opened && opened.error().code == "duckdb_not_here" ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace sluice::duckdb
