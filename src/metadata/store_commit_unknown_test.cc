// The third end of a write: nobody knows whether it is there.
#include <signal.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <sys/resource.h>

#include <cstdlib>

#include "metadata/error_codes.h"
#include "metadata/sql/sqlite_engine.h"
#include "metadata/test_store.h"

namespace sluice::metadata {
namespace {

class CommitUnknownTest : public StoreTest {
 protected:
  void TearDown() override {
    ::unsetenv("SLUICE_FAULT");
    StoreTest::TearDown();
  }
  void fail_once_at(const std::string& point) const {
    std::filesystem::create_directories(folder_);
    const std::string action = point + ":fail_once=" + (folder_ / random_hex(4)).string();
    ::setenv("SLUICE_FAULT", action.c_str(), 1);
  }
};

#ifdef SLUICE_FAULT_POINTS
TEST_F(CommitUnknownTest, LostBeforeTheCommitNothingIsThere) {
  fail_once_at("create_dataset.before_commit");
  const NewDataset dataset{new_uuid_v7(), tenant_, "d", "", true};
  const auto make = [&] {
    return store_->create_dataset(dataset, version_of("d.parquet"), Want{}, SyncState{});
  };
  const Result<Dataset> lost = make();
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, Code::commit_unknown);
  EXPECT_EQ(lost.error().kind, Errc::unavailable);
  EXPECT_EQ(store_->get_dataset(tenant_, dataset.id).error().code, "dataset_not_found");
  EXPECT_EQ(make()->table_name, "d") << "the name was not taken";
}

TEST_F(CommitUnknownTest, LostAfterTheCommitAllOfItIsThere) {
  fail_once_at("create_dataset.after_commit");
  const NewDataset dataset{new_uuid_v7(), tenant_, "d", "", true};
  const Result<Dataset> lost =
      store_->create_dataset(dataset, version_of("d.parquet"), Want{}, SyncState{});
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, Code::commit_unknown);
  EXPECT_EQ(store_->get_dataset(tenant_, dataset.id)->dataset.table_name, "d");
  EXPECT_EQ(store_->outbox_depth_and_oldest()->rows, 1);

  fail_once_at("add_version.after_commit");
  EXPECT_EQ(store_->add_version(tenant_, dataset.id, version_of("d2.parquet"), Want{}).error().code,
            Code::commit_unknown);
  EXPECT_EQ(store_->find_by_file_name("d2.parquet")->version.version, 2);
}

TEST_F(CommitUnknownTest, AMarkIsSimplyRepeated) {
  const Dataset made = created("m");
  fail_once_at("mark.after_commit");
  EXPECT_EQ(store_->mark_syncing(made.id, {1, 1}).error().code, Code::commit_unknown);
  EXPECT_EQ(store_->mark_syncing(made.id, {1, 1}), TransitionResult::applied);
  fail_once_at("mark.after_commit");
  EXPECT_EQ(store_->mark_synced(made.id, result_of(1), 1).error().code, Code::commit_unknown);
  EXPECT_EQ(store_->mark_synced(made.id, result_of(1), 1), TransitionResult::refused);
  EXPECT_EQ(sync_of(made).state.status, SyncStatus::synced);
}

TEST_F(CommitUnknownTest, AReportToldTwiceCountsOnce) {
  SyncRun run{"r", "d", tenant_, 1, 100, std::nullopt, "running", "", 0, {1, 7, 500, 30}};
  run.report_id = "activity 5, attempt 1";
  fail_once_at("record_sync_run.after_commit");
  EXPECT_EQ(store_->record_sync_run(run).error().code, Code::commit_unknown);
  ASSERT_TRUE(store_->record_sync_run(run));
  EXPECT_EQ(store_->list_sync_runs("d", 9)->at(0).cost, run.cost);
  run.report_id = "activity 5, attempt 2";
  ASSERT_TRUE(store_->record_sync_run(run));
  EXPECT_EQ(store_->list_sync_runs("d", 9)->at(0).cost, (SyncCost{2, 14, 1000, 60}));
}
#endif

/// A real one: the disk takes no more while the transaction is written to the log.
TEST_F(CommitUnknownTest, AnIoErrorOfTheCommitIsOne) {
  if (!is_on_sqlite()) GTEST_SKIP() << "SQLite's";
  const Dataset before = created("before");
  const auto log = static_cast<rlim_t>(std::filesystem::file_size(url().substr(9) + "-wal"));
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit old{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
  const rlimit small{log, old.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const Result<Dataset> lost = create(*store_, tenant_, "lost");
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old), 0);
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, Code::commit_unknown) << to_line(lost.error());
  EXPECT_EQ(store_->list_datasets(tenant_, 9)->datasets.size(), 1U);
  EXPECT_TRUE(create(*store_, tenant_, "after")) << "its session is not lent again";
}

TEST_F(CommitUnknownTest, WhatSqliteRefusesIsNone) {
  const auto engine = SqliteEngine::create((folder_ / "e.db").string()).value();
  const auto unknown = [&](int result) {
    return engine->may_have_committed(soci::sqlite3_soci_error("x", result));
  };
  EXPECT_TRUE(unknown(SQLITE_IOERR));
  EXPECT_TRUE(unknown(SQLITE_IOERR | (4 << 8))) << "fsync";
  for (const int known : {SQLITE_FULL, SQLITE_BUSY, SQLITE_CONSTRAINT, SQLITE_ERROR}) {
    EXPECT_FALSE(unknown(known)) << known;
  }
  EXPECT_FALSE(engine->may_have_committed(soci::soci_error("not SQLite's")));
}

}  // namespace
}  // namespace sluice::metadata
