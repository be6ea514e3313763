// Opening a store, and what has no file of its own: tenants, the catalogue.
#include "metadata/store.h"

#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <sys/stat.h>

#include <fstream>

#include "base/hash.h"
#include "metadata/test_store.h"

namespace sluice::metadata {
namespace {

namespace fs = std::filesystem;

TEST_F(StoreTest, UrlsThatAreNotOurs) {
  for (const char* url : {"", "postgres://u:secret@h/db", "sqlite:x.db", "sqlite://", "sqlite:///",
                          "/tmp/x.db", "sqlite:///tmp/a\"b"}) {
    const auto opened = Store::open(url, clock_);
    ASSERT_FALSE(opened) << url;
    EXPECT_EQ(opened.error().code, "metadata_url") << url;
    EXPECT_EQ(to_line(opened.error()).find("secret"), std::string::npos);
  }
  EXPECT_FALSE(Store::open("sqlite:///proc/nowhere/x.db", clock_));
}

TEST_F(StoreTest, OnlyTheOwnerReadsTheFileAndItIsInWalMode) {
  const std::string path = (folder_ / "meta data" / "sluice.db").string();
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  soci::session session(soci::sqlite3, "db=\"" + path + "\"");
  std::string mode;
  session << "PRAGMA journal_mode", soci::into(mode);
  EXPECT_EQ(mode, "wal");
  EXPECT_TRUE(store_->ping());
}

TEST_F(StoreTest, ADatabaseOfANewerSluiceIsRefused) {
  {
    soci::session session(soci::sqlite3,
                          "db=\"" + (folder_ / "meta data" / "sluice.db").string() + "\"");
    session << "INSERT INTO schema_migrations VALUES ('9999_future', 0)";
  }
  EXPECT_EQ(Store::open(url(), clock_).error().code, "metadata_newer");
}

TEST_F(StoreTest, AFileThatIsNoDatabaseIsSaidToBeDamaged) {
  const fs::path path = folder_ / "bad.db";
  std::ofstream(path) << std::string(8192, 'x');
  EXPECT_EQ(Store::open("sqlite://" + path.string(), clock_).error().code, "metadata_damaged");
}

TEST_F(StoreTest, Tenants) {
  EXPECT_EQ(store_->ensure_tenant({"Not-One"}, "").error().code, "tenant_id");
  EXPECT_TRUE(store_->ensure_tenant(tenant_, "Renamed"));
}

TEST_F(StoreTest, TheLocalLakehousesCatalogue) {
  LakehouseTable table{tenant_,    "bronze",  "sales",        "id-1", 1,
                       "external", "/lake/x", "part.parquet", 7,      {{"a", "A", "BIGINT", ""}},
                       "sha",      0};
  ASSERT_TRUE(store_->upsert_lakehouse_table(table));
  table.version = 2;
  table.row_count = 9;
  ASSERT_TRUE(store_->upsert_lakehouse_table(table));
  table.version = 1;
  ASSERT_TRUE(store_->upsert_lakehouse_table(table)) << "an activity that woke up late";
  table.version = 2;
  table.schema_name = "silver";
  table.table_name = "sales_clean";
  ASSERT_TRUE(store_->upsert_lakehouse_table(table));
  const auto got = store_->get_lakehouse_table(tenant_, "bronze", "sales").value();
  ASSERT_TRUE(got);
  EXPECT_EQ(got->version, 2);
  EXPECT_EQ(got->row_count, 9);
  EXPECT_EQ(got->columns.at(0).original, "A");
  EXPECT_EQ(got->updated_at_us, clock_.now_us());
  EXPECT_EQ(got->sha256, "sha");
  EXPECT_EQ(store_->list_lakehouse_tables(tenant_)->size(), 2U);
  EXPECT_TRUE(store_->list_lakehouse_tables(other_)->empty());
  EXPECT_FALSE(store_->get_lakehouse_table(other_, "bronze", "sales").value());
  EXPECT_EQ(store_->find_lakehouse_tables(tenant_, {"sales_clean", "x", "sales"})->size(), 2U);
  EXPECT_EQ(store_->find_lakehouse_tables(tenant_, {"sales"})->at(0).schema_name, "bronze");
  EXPECT_TRUE(store_->find_lakehouse_tables(tenant_, {})->empty());
  EXPECT_TRUE(store_->find_lakehouse_tables(other_, {"sales", "' OR 1=1 --"})->empty());
  EXPECT_TRUE(store_->delete_lakehouse_table(tenant_, "bronze", "sales"));
  EXPECT_TRUE(store_->delete_lakehouse_table(tenant_, "bronze", "sales"));
  EXPECT_EQ(store_->list_lakehouse_tables(tenant_)->size(), 1U);
}

TEST_F(StoreTest, SyncRunsConverge) {
  SyncRun run{"r1", "d1", tenant_, 1, 100, std::nullopt, "running", "", 0, {1, 7, 500, 30}};
  ASSERT_TRUE(store_->record_sync_run(run));
  run.started_at_us = 150;
  run.ended_at_us = 200;
  run.outcome = "synced";
  run.cost = {1, 4, 0, 20, 600'000, 0.5};
  ASSERT_TRUE(store_->record_sync_run(run));
  // A step that was given up for dead comes back: what it cost counts, the end stays.
  run.outcome = "running";
  run.ended_at_us.reset();
  run.cost = {0, 1, 0, 0, 20'000, 0.25};
  ASSERT_TRUE(store_->record_sync_run(run));
  ASSERT_TRUE(store_->record_sync_run(
      {"r2", "d1", tenant_, 2, 300, 400, "failed", "why", 3, {2, 1, 1, 1}}));
  ASSERT_TRUE(
      store_->record_sync_run({"r3", "d9", other_, 1, 300, 400, "synced", "", 1, {9, 9, 9, 9}}));
  const auto runs = store_->list_sync_runs("d1", 10).value();
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_EQ(runs[0].id, "r2");
  EXPECT_EQ(runs[0].error, "why");
  EXPECT_EQ(runs[1].outcome, "synced");
  EXPECT_EQ(runs[1].started_at_us, 100);
  EXPECT_EQ(runs[1].ended_at_us, 200);
  EXPECT_EQ(runs[1].cost, (SyncCost{2, 12, 500, 50, 620'000, 0.75}));
  EXPECT_EQ(store_->list_sync_runs("d1", 1)->size(), 1U);

  const Usage usage = store_->sum_usage(tenant_, 0, 301).value();
  EXPECT_EQ(usage.runs, 2);
  EXPECT_EQ(usage.cost, (SyncCost{4, 13, 501, 51, 620'000, 0.75})) << "r2's is not known";
  EXPECT_EQ(store_->sum_usage(tenant_, 0, 300)->runs, 1);
  EXPECT_EQ(store_->sum_usage(tenant_, 400, 500)->cost, SyncCost{});
}

}  // namespace
}  // namespace sluice::metadata
