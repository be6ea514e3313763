// Sessions of the engine in a worker that is locked in: real processes and files.
#include "duckdb/engine_session.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/files.h"
#include "base/ids.h"
#include "base/scoped_path.h"
#include "base/sql_text.h"

namespace sluice::duckdb {
namespace {

namespace fs = std::filesystem;

class EngineSessionTest : public testing::Test {
 protected:
  EngineSessionTest() {
    fs::create_directories(folder_.path() / "many");
    for (const char* name : {"one.csv", "many/a.csv", "many/b.csv"}) {
      std::ofstream(folder_.path() / name) << "x,y\n1,a\n2,\n";
    }
  }
  static sandbox::ForkServer& workers() {
    static const auto all = sandbox::ForkServer::start({.arguments = {"file-worker"}});
    return *all;
  }
  Result<EngineSession> open(std::vector<fs::path> inputs, std::uint64_t share = 1) {
    EngineSession::Options options;
    options.inputs = std::move(inputs);
    options.memory_share = share;
    options.limits = {16ULL << 30U, 60};
    return EngineSession::open(workers(), folder_.path() / "spill", options, stop_.get_token());
  }
  fs::path path(const std::string& name) const { return folder_.path() / name; }

  const ScopedPath folder_{fs::temp_directory_path() / ("session_test_" + random_hex(8))};
  std::stop_source stop_;
};

TEST_F(EngineSessionTest, ReadsItsInputsAndHandsOverWhatItWrote) {
  Result<EngineSession> session = open({path("one.csv"), path("many")});
  ASSERT_TRUE(session) << to_line(session.error());
  const TextRows rows =
      session->query("FROM read_csv(" + quote_literal(session->input(0)) + ", all_varchar = true)")
          .value();
  const TextRows wanted = {{"1", "a"}, {"2", std::nullopt}};
  EXPECT_EQ(rows, wanted);
  const std::string all = "read_csv(" + quote_literal(session->input(1) + "/b.csv") + ")";
  EXPECT_EQ(session->query_int("SELECT sum(x) FROM " + all).value_or(0), 3);
  const std::string made = session->output(path("made.parquet"));
  ASSERT_TRUE(session->query("COPY (SELECT 7 AS n) TO " + quote_literal(made) +
                             " (FORMAT parquet, USE_TMP_FILE false)"));
  EXPECT_FALSE(fs::exists(path("made.parquet"))) << "not before it is closed";
  ASSERT_TRUE(session->close());
  EXPECT_GT(fs::file_size(path("made.parquet")), 0U);
}

TEST_F(EngineSessionTest, AFailedStatementKeepsItsCodeAndTheSessionGoesOn) {
  EngineSession session = open({path("one.csv")}).value();
  const Result<TextRows> wrong = session.query("SELECT CAST('x' AS INTEGER)");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, "duckdb_data");
  EXPECT_EQ(wrong.error().kind, Errc::unprocessable);
  EXPECT_EQ(session.query("SELECT FROM").error().code, "duckdb_sql");
  EXPECT_EQ(session.query_int("SELECT 1 WHERE false").error().code, "duckdb_no_row");
  EXPECT_EQ(session.query_int("SELECT NULL").error().code, "duckdb_no_row");
  EXPECT_EQ(session.query_int("SELECT 5").value_or(0), 5);
  EXPECT_TRUE(session.query("SELECT 1 WHERE false").value().empty());
}

TEST_F(EngineSessionTest, NothingButItsInputsIsThere) {
  std::ofstream(path("secret.csv")) << "x\n1\n";
  EngineSession session = open({path("one.csv")}).value();
  EXPECT_FALSE(session.query("FROM read_csv(" + quote_literal(path("secret.csv").string()) + ")"));
  EXPECT_FALSE(session.query("FROM read_text('/etc/passwd')"));
  EXPECT_FALSE(session.query("COPY (SELECT 1) TO " + quote_literal(session.input(0))));
  EXPECT_FALSE(session.query("COPY (SELECT 1) TO " + quote_literal(path("new.csv").string())));
  EXPECT_EQ(read_file(path("one.csv")).value(), "x,y\n1,a\n2,\n");
  EXPECT_FALSE(fs::exists(path("new.csv")));
}

TEST_F(EngineSessionTest, AFileThatWasNotMadeIsAnError) {
  EngineSession session = open({path("one.csv")}).value();
  session.output(path("promised.parquet"));
  const Result<void> closed = session.close();
  ASSERT_FALSE(closed);
  EXPECT_EQ(closed.error().code, "worker_output");
  EXPECT_FALSE(fs::exists(path("promised.parquet")));
}

TEST_F(EngineSessionTest, AnInputThatIsNotThereIsSaidBeforeAWorkerIsTaken) {
  const Result<EngineSession> none = open({path("one.csv"), path("missing.csv")});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind, Errc::not_found);
  EXPECT_NE(none.error().detail.find("missing.csv"), std::string::npos) << none.error().detail;
}

TEST_F(EngineSessionTest, ItsShareOfTheMemoryIsAllThatItsEngineTakes) {
  const std::string big =
      "CREATE OR REPLACE TABLE t AS SELECT md5(i::VARCHAR) AS h, i FROM range(1000000) t(i); "
      "SELECT count(*) FROM t";
  EngineSession whole = open({}).value();
  EXPECT_EQ(whole.query_int(big).value_or(0), 1'000'000);
  EngineSession small = open({}, 100).value();
  ASSERT_TRUE(small.query("SET temp_directory = ''"));
  EXPECT_EQ(small.query(big).error().code, "duckdb_out_of_memory");
}

TEST_F(EngineSessionTest, AStopEndsItWhateverTheEngineDoes) {
  EngineSession session = open({}).value();
  std::jthread stopper([this] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    stop_.request_stop();
  });
  const Result<TextRows> stopped =
      session.query("SELECT count(*) FROM range(1000000000000) t(i) WHERE md5(i::VARCHAR) = 'x'");
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().kind, Errc::cancelled);
  EXPECT_EQ(open({}).error().kind, Errc::cancelled);
}

}  // namespace
}  // namespace sluice::duckdb
