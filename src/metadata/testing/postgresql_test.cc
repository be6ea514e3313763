// Writes that meet on PostgreSQL, where a second writer waits for a row and not for the database.
// Each race holds the first write at its COMMIT until the second one is seen to wait for it.
#include <soci/soci.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "metadata/rows/dataset_rows.h"
#include "metadata/rows/locks.h"
#include "metadata/test_store.h"

namespace sluice::metadata {
namespace {

constexpr std::chrono::seconds patience{30};

/// Holds the thread that is about to commit.
class Gate {
 public:
  void on_statement(std::string_view sql) {
    std::unique_lock lock(mutex_);
    if (!armed_ || sql != "COMMIT") return;
    armed_ = false;
    reached_ = true;
    changed_.notify_all();
    changed_.wait_for(lock, patience, [this] { return opened_; });
  }
  void arm() {
    const std::lock_guard lock(mutex_);
    armed_ = true;
  }
  bool wait_until_reached() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [this] { return reached_; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    opened_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool armed_ = false;
  bool reached_ = false;
  bool opened_ = false;
};

class PostgresqlTest : public StoreTest {
 protected:
  void SetUp() override {
    ASSERT_FALSE(PostgresqlEngine::server().empty()) << "run by tools/postgresql";
    StoreTest::SetUp();
    options_.on_statement = [this](std::string_view sql) { gate_.on_statement(sql); };
    held_ = another(options_);
  }
  void TearDown() override {
    held_.reset();
    StoreTest::TearDown();
  }

  /// How many of this database's sessions wait for another's lock.
  int waiting() {
    int count = 0;
    *raw_session() << "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                      "AND wait_event_type = 'Lock'",
        soci::into(count);
    return count;
  }

  /// `first` up to its COMMIT, then `second` until it waits for it; then both to their ends.
  void race(const std::function<void(Store&)>& first, const std::function<void(Store&)>& second) {
    gate_.arm();
    std::thread one([&] { first(*held_); });
    EXPECT_TRUE(gate_.wait_until_reached());
    std::thread two([&] { second(*store_); });
    const auto give_up_at = std::chrono::steady_clock::now() + patience;
    while (waiting() == 0 && std::chrono::steady_clock::now() < give_up_at) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    EXPECT_GT(waiting(), 0) << "the second did not wait";
    gate_.open();
    one.join();
    two.join();
  }

  Gate gate_;
  StoreOptions options_;
  std::unique_ptr<Store> held_;
};

TEST_F(PostgresqlTest, OfTwoVersionsAtOnceTheSecondFollowsTheFirst) {
  const Dataset made = created("v");
  race(
      [&](Store& store) {
        EXPECT_EQ(store.add_version(tenant_, made.id, version_of("a"), Want{})->current.version, 2);
      },
      [&](Store& store) {
        const Result<Dataset> second = store.add_version(tenant_, made.id, version_of("b"), Want{});
        ASSERT_TRUE(second) << to_line(second.error());
        EXPECT_EQ(second->current.version, 3);
      });
  EXPECT_EQ(store_->list_versions(made.id)->size(), 3U);
  EXPECT_EQ(sync_of(made).wanted_version, 3);
  const std::vector<OutboxRow> due = store_->due_outbox(9, clock_.now_us()).value();
  ASSERT_EQ(due.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(due[i].want.version, static_cast<std::int64_t>(i) + 1) << "later is greater";
  }
}

TEST_F(PostgresqlTest, AMarkBesideANewVersionLosesNeither) {
  const Dataset made = created("m");
  ASSERT_TRUE(store_->mark_syncing(made.id, {1, 1}));
  race(
      [&](Store& store) {
        EXPECT_EQ(store.mark_synced(made.id, result_of(1), 1), TransitionResult::applied);
      },
      [&](Store& store) {
        EXPECT_TRUE(store.add_version(tenant_, made.id, version_of("b"), Want{}));
      });
  const SyncRecord sync = sync_of(made);
  EXPECT_EQ(sync.state.status, SyncStatus::pending);
  EXPECT_EQ(sync.wanted_version, 2);
  EXPECT_EQ(sync.state.synced_version, 1);
  EXPECT_EQ(sync.last_ended_order, 1);
}

TEST_F(PostgresqlTest, ANewVersionBesideAMarkLosesNeither) {
  const Dataset made = created("m");
  ASSERT_TRUE(store_->mark_syncing(made.id, {1, 1}));
  race(
      [&](Store& store) {
        EXPECT_TRUE(store.add_version(tenant_, made.id, version_of("b"), Want{}));
      },
      [&](Store& store) {
        EXPECT_EQ(store.mark_synced(made.id, result_of(1), 1), TransitionResult::superseded);
      });
  const SyncRecord sync = sync_of(made);
  EXPECT_EQ(sync.state.status, SyncStatus::pending);
  EXPECT_EQ(sync.wanted_version, 2);
  EXPECT_EQ(sync.state.synced_version, 1);
}

TEST_F(PostgresqlTest, ADeletionBesideAMarkStaysOne) {
  const Dataset made = created("d");
  race([&](Store& store) { EXPECT_TRUE(store.delete_dataset(tenant_, made.id, std::nullopt)); },
       [&](Store& store) {
         EXPECT_EQ(store.mark_syncing(made.id, {1, 1}).error().code, "dataset_not_found");
       });
}

TEST_F(PostgresqlTest, TwoDatasetsOfOneNameTakeTwoTableNames) {
  race([&](Store& store) { EXPECT_EQ(create(store, tenant_, "Same")->table_name, "same"); },
       [&](Store& store) {
         const Result<Dataset> second = create(store, tenant_, "Same");
         ASSERT_TRUE(second) << to_line(second.error());
         EXPECT_EQ(second->table_name, "same_2");
       });
}

TEST_F(PostgresqlTest, TwoUploadsAtOnceAreCountedBoth) {
  const auto begin = [this](Store& store) {
    UploadRecord upload;
    upload.id = new_uuid_v7();
    upload.tenant = tenant_;
    return store.create_upload(upload, 1);
  };
  race([&](Store& store) { EXPECT_TRUE(begin(store)); },
       [&](Store& store) { EXPECT_EQ(begin(store).error().code, "too_many_uploads"); });
}

TEST_F(PostgresqlTest, TheCatalogueKeepsTheNewerVersion) {
  LakehouseTable table;
  table.tenant = tenant_;
  table.schema_name = "bronze";
  table.table_name = "t";
  table.dataset_id = "d";
  table.version = 2;
  LakehouseTable older = table;
  older.version = 1;
  race([&](Store& store) { EXPECT_TRUE(store.upsert_lakehouse_table(table)); },
       [&](Store& store) { EXPECT_TRUE(store.upsert_lakehouse_table(older)); });
  EXPECT_EQ(store_->get_lakehouse_table(tenant_, "bronze", "t").value()->version, 2);
}

TEST_F(PostgresqlTest, ATableThatIsDroppedMeanwhileIsNotCatalogued) {
  const Dataset made = created("t");
  LakehouseTable table;
  table.tenant = tenant_;
  table.schema_name = "bronze";
  table.table_name = "t";
  table.dataset_id = made.id;
  table.version = 1;
  ASSERT_TRUE(store_->upsert_lakehouse_table(table, 1));
  ASSERT_TRUE(store_->request_sync(tenant_, made.id, WantKind::drop));
  race([&](Store& store) { EXPECT_TRUE(store.mark_not_synced(made.id, 2)); },
       [&](Store& store) { EXPECT_TRUE(store.upsert_lakehouse_table(table, 1)); });
  EXPECT_TRUE(store_->list_lakehouse_tables(tenant_)->empty());
}

TEST_F(PostgresqlTest, TwoReportsOfARunAreBothAddedUp) {
  const auto report = [this](std::string id) {
    SyncRun run{"r", "d", tenant_, 1, 100, std::nullopt, "running", "", 0, {1, 2, 3, 4}};
    run.report_id = std::move(id);
    return run;
  };
  race([&](Store& store) { EXPECT_TRUE(store.record_sync_run(report("a"))); },
       [&](Store& store) { EXPECT_TRUE(store.record_sync_run(report("b"))); });
  ASSERT_TRUE(store_->record_sync_run(report("b"))) << "told twice";
  EXPECT_EQ(store_->list_sync_runs("d", 9)->at(0).cost, (SyncCost{2, 4, 6, 8}));
}

// What the order of statements in rows/locks.h is for: both of these answer wrongly, and without an
// error.

TEST_F(PostgresqlTest, LockingInTheStatementThatReadsFindsNoDataset) {
  const Dataset made = created("old");
  bool found = true;
  race(
      [&](Store& store) {
        EXPECT_TRUE(store.add_version(tenant_, made.id, version_of("a"), Want{}));
      },
      [&](Store&) {
        const std::unique_ptr<soci::session> session = raw_session();
        *session << "BEGIN";
        DatasetRow row;
        SqlStatement select(*session,
                            DatasetRow::select() + " WHERE d.dataset_id = :id FOR UPDATE OF d");
        select.bind(made.id);
        row.out_of(select);
        found = select.next();
      });
  EXPECT_FALSE(found) << "the joined version is younger than what the statement sees";
}

TEST_F(PostgresqlTest, WithoutTheLockAMarkLosesANewVersion) {
  const Dataset made = created("old");
  ASSERT_TRUE(store_->mark_syncing(made.id, {1, 1}));
  store_ = open_over(std::make_unique<PostgresqlEngine>(database(), ""), {});
  race(
      [&](Store& store) {
        EXPECT_TRUE(store.add_version(tenant_, made.id, version_of("a"), Want{}));
      },
      [&](Store& store) {
        EXPECT_EQ(store.mark_synced(made.id, result_of(1), 1), TransitionResult::applied);
      });
  EXPECT_EQ(sync_of(made).wanted_version, 1) << "version 2 was wanted";
}

}  // namespace
}  // namespace sluice::metadata
