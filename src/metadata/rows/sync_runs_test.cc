// That the runs which people see end with what the dataset says, in the same transaction.
#include <map>

#include "metadata/test_store.h"

namespace sluice::metadata {
namespace {

class SyncRunsTest : public StoreTest {
 protected:
  SyncRun run_of(const Dataset& dataset, const std::string& outcome) const {
    SyncRun run{"w/" + dataset.id, dataset.id, tenant_, 1, clock_.now_us(), {}, outcome, "", 0, {}};
    if (outcome != "running") run.ended_at_us = clock_.now_us();
    return run;
  }
  SyncRun only_run(const Dataset& dataset) const {
    const std::vector<SyncRun> runs = store_->list_sync_runs(dataset.id, 10).value();
    EXPECT_EQ(runs.size(), 1U);
    return runs.empty() ? SyncRun{} : runs.front();
  }
  Dataset begun() {
    const Dataset made = created("d");
    EXPECT_EQ(store_->mark_syncing(made.id, {1, 1}, run_of(made, "running")),
              TransitionResult::applied);
    return made;
  }
};

TEST_F(SyncRunsTest, ItRunsFromTheFirstStepToTheEndThatTheDatasetHas) {
  const Dataset made = begun();
  EXPECT_EQ(only_run(made).outcome, "running");
  clock_.advance_us(7);
  EXPECT_EQ(store_->mark_synced(made.id, result_of(1), 1, run_of(made, "synced")),
            TransitionResult::applied);
  EXPECT_EQ(only_run(made).outcome, "synced");
  EXPECT_EQ(only_run(made).ended_at_us, clock_.now_us());
  // A step that was given up for dead comes back and is refused: the end stays.
  clock_.advance_us(7);
  EXPECT_EQ(store_->mark_failed(made.id, {1, 1}, "late", "bug", run_of(made, "failed")),
            TransitionResult::refused);
  ASSERT_TRUE(store_->supersede_sync_run(made.id, run_of(made, "").id));
  EXPECT_EQ(only_run(made).outcome, "synced");
  EXPECT_EQ(only_run(made).ended_at_us, clock_.now_us() - 7);
}

TEST_F(SyncRunsTest, OneThatWasOvertakenIsSuperseded) {
  const Dataset made = begun();
  ASSERT_TRUE(store_->add_version(tenant_, made.id, version_of("v2.parquet"), Want{}));
  EXPECT_EQ(store_->mark_synced(made.id, result_of(1), 1, run_of(made, "synced")),
            TransitionResult::superseded);
  EXPECT_EQ(only_run(made).outcome, "superseded");
  EXPECT_TRUE(only_run(made).ended_at_us);
}

/// By a workflow of an older version, which does not tell of it.
TEST_F(SyncRunsTest, OneThatWasOvertakenUntoldEndsWithTheOneAfterIt) {
  const Dataset made = created("d");
  const Dataset other = created("other");
  SyncRun run = run_of(made, "running");
  for (const char* id : {"w/1", "w/11", "w/3"}) {
    run.id = id;
    ASSERT_TRUE(store_->record_sync_run(run));
  }
  SyncRun theirs = run_of(other, "running");
  theirs.id = "x/2";
  ASSERT_TRUE(store_->record_sync_run(theirs));
  ASSERT_TRUE(store_->add_version(tenant_, made.id, version_of("v2.parquet"), Want{}));  // 3
  clock_.advance_us(9);
  run = run_of(made, "synced");
  run.id = "w/3";
  ASSERT_EQ(store_->mark_syncing(made.id, {2, 3}), TransitionResult::applied);
  EXPECT_EQ(store_->mark_synced(made.id, result_of(2), 3, run), TransitionResult::applied);
  std::map<std::string, std::string> outcomes;
  for (const std::string& id : {made.id, other.id}) {
    const std::vector<SyncRun> runs = store_->list_sync_runs(id, 10).value();
    for (const SyncRun& one : runs) outcomes[one.id] = one.outcome;
  }
  EXPECT_EQ(
      outcomes,
      (std::map<std::string, std::string>{
          {"w/1", "superseded"}, {"w/11", "running"}, {"w/3", "synced"}, {"x/2", "running"}}));
}

TEST_F(SyncRunsTest, WhatItNeverBeganIsNotListed) {
  const Dataset made = created("d");
  ASSERT_TRUE(store_->supersede_sync_run(made.id, "w/unknown"));
  ASSERT_TRUE(store_->request_sync(tenant_, made.id, WantKind::drop));
  EXPECT_EQ(store_->mark_syncing(made.id, {1, 1}, run_of(made, "running")),
            TransitionResult::superseded);
  EXPECT_TRUE(store_->list_sync_runs(made.id, 10)->empty());
}

TEST_F(SyncRunsTest, AnotherDatasetsRunIsNotTouched) {
  const Dataset made = begun();
  ASSERT_TRUE(store_->supersede_sync_run("other", run_of(made, "").id));
  EXPECT_EQ(only_run(made).outcome, "running");
}

TEST_F(SyncRunsTest, ADropTakesTheCatalogueAlongUnlessItIsLate) {
  const Dataset made = begun();
  LakehouseTable row;
  row.tenant = tenant_;
  row.schema_name = "bronze";
  row.table_name = made.table_name;
  row.dataset_id = made.id;
  row.version = 1;
  ASSERT_TRUE(store_->upsert_lakehouse_table(row, 1));
  ASSERT_TRUE(store_->request_sync(tenant_, made.id, WantKind::drop));    // 2
  ASSERT_TRUE(store_->request_sync(tenant_, made.id, WantKind::resync));  // 3
  ASSERT_EQ(store_->mark_syncing(made.id, {1, 3}), TransitionResult::applied);
  ASSERT_EQ(store_->mark_synced(made.id, result_of(1), 3), TransitionResult::applied);
  SyncRun drop = run_of(made, "dropped");
  drop.id = "w/2";
  EXPECT_EQ(store_->mark_not_synced(made.id, 2, drop), TransitionResult::refused);
  EXPECT_EQ(store_->list_lakehouse_tables(tenant_)->size(), 1U);
  EXPECT_EQ(store_->list_sync_runs(made.id, 10)->at(0).outcome, "superseded");

  ASSERT_TRUE(store_->request_sync(tenant_, made.id, WantKind::drop));  // 4
  drop.id = "w/4";
  EXPECT_EQ(store_->mark_not_synced(made.id, 4, drop), TransitionResult::applied);
  EXPECT_TRUE(store_->list_lakehouse_tables(tenant_)->empty());
  // A sync that wakes up after the drop names no table any more.
  ASSERT_TRUE(store_->upsert_lakehouse_table(row, 3));
  EXPECT_TRUE(store_->list_lakehouse_tables(tenant_)->empty());
}

}  // namespace
}  // namespace sluice::metadata
