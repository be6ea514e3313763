// A late drop against a newer sync: it must take nothing.
#include <gtest/gtest.h>

#include <filesystem>

#include "base/files.h"
#include "base/hash.h"
#include "base/ids.h"
#include "base/sql_text.h"
#include "duckdb/database.h"
#include "lakehouse/local/local_lakehouse.h"
#include "lakehouse/medallion/silver_plan_maker.h"

namespace sluice::lakehouse {
namespace {

namespace fs = std::filesystem;

class LocalFenceTest : public testing::Test {
 protected:
  void TearDown() override { fs::remove_all(root_); }

  /// A Parquet file as an upload would leave it, and the request for it.
  TableRequest landed(fs::path& path) {
    duckdb::Database database =
        duckdb::Database::open(duckdb::job_settings({.memory_bytes = 256'000'000, .threads = 1}))
            .value();
    duckdb::Connection connection = database.connect().value();
    TableRequest request{TenantId{"x"}, "d-1", 1, "", "sales", {{"id", "ID", "BIGINT", ""}}};
    path = lakehouse_->landing_path(request).value();
    EXPECT_TRUE(connection.query("COPY (SELECT 1::BIGINT AS id) TO " +
                                 quote_literal(path.string()) + " (FORMAT parquet)"));
    request.sha256 = sha256_file_hex(path).value();
    plan_ = medallion::make_plan(connection, "read_parquet(" + quote_literal(path.string()) + ")",
                                 request.columns)
                .value();
    return request;
  }
  static sandbox::ForkServer& workers() {
    static const auto all = sandbox::ForkServer::start({"/proc/self/exe", {"file-worker"}});
    return *all;
  }

  fs::path root_ = fs::temp_directory_path() / ("sluice-fence-" + random_hex(4));
  std::unique_ptr<Lakehouse> lakehouse_ = LocalLakehouse::open(root_, workers()).value();
  medallion::Plan plan_;
};

TEST_F(LocalFenceTest, ALateDropTakesNothingThatALaterSyncMadeOrFound) {
  const auto at = [](TableRequest request, std::int64_t order) {
    request.order = order;
    request.asked_at_us = order * 100;
    return request;
  };
  fs::path path;
  const TableRequest wanted = landed(path);
  ASSERT_TRUE(lakehouse_->load_bronze(at(wanted, 6), path));
  ASSERT_TRUE(lakehouse_->load_silver(at(wanted, 6), plan_));
  EXPECT_EQ(lakehouse_->drop_tables(at(wanted, 5)).error().code, "newer_want_carried");
  // A sync that finds all there is as good as one that makes it.
  ASSERT_TRUE(lakehouse_->find_bronze(at(wanted, 8)).value());
  EXPECT_EQ(lakehouse_->drop_tables(at(wanted, 7)).error().code, "newer_want_carried");
  EXPECT_TRUE(lakehouse_->find_table(wanted.tenant, Layer::silver, "sales").value());
  // What comes later is done, by another process as well.
  ASSERT_TRUE(LocalLakehouse::open(root_, workers()).value()->drop_tables(at(wanted, 9)));
  EXPECT_FALSE(lakehouse_->find_table(wanted.tenant, Layer::bronze, "sales").value());
  // And a sync from before the drop makes no tables again, not even with its file in hand.
  EXPECT_EQ(lakehouse_->find_bronze(at(wanted, 8)).error().code, "newer_want_carried");
  static_cast<void>(landed(path));
  EXPECT_EQ(lakehouse_->load_bronze(at(wanted, 8), path).error().code, "newer_want_carried");
}

}  // namespace
}  // namespace sluice::lakehouse
