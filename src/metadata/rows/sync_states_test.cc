// What each report of a run makes of a dataset's status, in a real store; transitions_test.cc
// has the same without one. Run on PostgreSQL too.
#include "metadata/test_store.h"

namespace sluice::metadata {
namespace {

TEST_F(StoreTest, ASyncFromUploadToTables) {
  const Dataset made = created("s");
  clock_.advance_us(10);
  EXPECT_EQ(store_->mark_waiting(made.id, {1, 1}, {"worker", {}, {}, 0}),
            TransitionResult::applied);
  EXPECT_EQ(sync_of(made).state.waiting_since_us, clock_.now_us());
  EXPECT_EQ(store_->oldest_pending_since().value(), clock_.now_us());
  EXPECT_EQ(store_->mark_syncing(made.id, {1, 1}), TransitionResult::applied);
  EXPECT_EQ(sync_of(made).state.status, SyncStatus::syncing);
  EXPECT_EQ(store_->mark_waiting(made.id, {1, 1}, {"retry", 42, "Cause. Remedy.", 1}),
            TransitionResult::applied);
  SyncRecord waiting = another()->get_sync_state(made.id).value();
  EXPECT_EQ(waiting.state.status, SyncStatus::pending);
  EXPECT_EQ(waiting.state.next_attempt_at_us, 42);
  EXPECT_EQ(waiting.state.attempts, 1);
  EXPECT_EQ(waiting.state.last_sync_error, "Cause. Remedy.");
  EXPECT_EQ(store_->mark_syncing(made.id, {1, 1}), TransitionResult::applied);
  EXPECT_EQ(store_->mark_synced(made.id, result_of(1), 1), TransitionResult::applied);
  const SyncRecord done = sync_of(made);
  EXPECT_EQ(done.state.status, SyncStatus::synced);
  EXPECT_EQ(done.state.synced_version, 1);
  EXPECT_EQ(done.synced_sha256, "sha");
  EXPECT_EQ(done.state.lakehouse, "local");
  EXPECT_EQ(done.state.bronze_kind, "external");
  EXPECT_EQ(done.state.bronze_table, "c.bronze.t");
  EXPECT_EQ(done.state.silver_table, "c.silver.t_clean");
  EXPECT_EQ(done.state.row_count_bronze, 10);
  EXPECT_EQ(done.state.row_count_silver, 8);
  EXPECT_EQ(done.state.rows_quarantined, 1);
  EXPECT_EQ(done.state.duplicates_removed, 1);
  EXPECT_EQ(done.state.last_sync_at_us, clock_.now_us());
  EXPECT_EQ(done.state.last_sync_error, "");
  EXPECT_EQ(store_->oldest_pending_since().value(), std::nullopt);
}

TEST_F(StoreTest, WhatARunSaysTooLateDoesNotHideWhatIsWantedNow) {
  const Dataset made = created("s");
  ASSERT_EQ(store_->mark_syncing(made.id, {1, 1}), TransitionResult::applied);
  DatasetVersion second = version_of("v2.parquet");
  second.profiled_at_us = 0;
  ASSERT_TRUE(store_->add_version(tenant_, made.id, second, Want{}));
  EXPECT_EQ(store_->mark_waiting(made.id, {1, 1}, {"retry", 300'000'042, "v1's error", 3}),
            TransitionResult::superseded);
  const SyncRecord waiting = sync_of(made);
  EXPECT_EQ(waiting.state.status, SyncStatus::pending);
  EXPECT_EQ(waiting.state.waiting_for, "profile");
  EXPECT_EQ(waiting.state.next_attempt_at_us, std::nullopt);
  EXPECT_EQ(waiting.state.last_sync_error, "");
  EXPECT_EQ(waiting.state.attempts, 0);

  // The same of a run that has ended, and of a drop's after a sync was asked for again.
  ASSERT_TRUE(store_->save_profile(made.id, 2, ""));
  ASSERT_EQ(store_->mark_synced(made.id, result_of(2), 2), TransitionResult::applied);
  ASSERT_TRUE(store_->request_sync(tenant_, made.id, WantKind::resync));
  EXPECT_EQ(store_->mark_waiting(made.id, {2, 2}, {"mcp", {}, "late", 1}),
            TransitionResult::superseded);
  ASSERT_TRUE(store_->request_sync(tenant_, made.id, WantKind::drop));
  const RunOf drop{2, 4, WantKind::drop};
  EXPECT_EQ(store_->mark_waiting(made.id, {2, 3}, {"retry", 42, "late", 1}),
            TransitionResult::superseded);
  EXPECT_EQ(store_->mark_waiting(made.id, drop, {"retry", 42, "in time", 1}),
            TransitionResult::applied);
  EXPECT_EQ(sync_of(made).state.last_sync_error, "in time");
  ASSERT_TRUE(store_->request_sync(tenant_, made.id, WantKind::sync));
  EXPECT_EQ(store_->mark_waiting(made.id, drop, {"retry", 42, "late", 2}),
            TransitionResult::superseded);
  EXPECT_EQ(sync_of(made).state.last_sync_error, "");
}

TEST_F(StoreTest, ARefusedMarkChangesNothing) {
  const Dataset made = created("s", std::nullopt);
  EXPECT_EQ(store_->mark_failed(made.id, {1, 1}, "x", "bug"), TransitionResult::refused);
  EXPECT_EQ(store_->mark_waiting(made.id, {1, 1}, {"retry", 42, "e", 1}),
            TransitionResult::refused);
  EXPECT_EQ(sync_of(made).state.status, SyncStatus::not_synced);
  EXPECT_EQ(sync_of(made).state.last_sync_error, "");
  EXPECT_EQ(store_->mark_not_synced("nothing", 1).error().code, "dataset_not_found");
}

TEST_F(StoreTest, AskedForByHand) {
  const Dataset made = created("s", std::nullopt);
  const SyncRecord asked = store_->request_sync(tenant_, made.id, WantKind::resync).value();
  EXPECT_EQ(asked.state.status, SyncStatus::pending);
  EXPECT_EQ(asked.wanted_version, 1);
  EXPECT_EQ(store_->due_outbox(9, clock_.now_us())->at(0).want.kind, WantKind::resync);
  EXPECT_EQ(store_->mark_failed(made.id, {1, 1}, "why", "needs_you"), TransitionResult::applied);
  EXPECT_EQ(sync_of(made).state.last_sync_error_class, "needs_you");
  EXPECT_EQ(sync_of(made).state.last_sync_error, "why");
  ASSERT_TRUE(store_->request_sync(tenant_, made.id, WantKind::sync));
  EXPECT_EQ(sync_of(made).state.last_sync_error, "");
}

TEST_F(StoreTest, ADropWinsOverWhatWasWantedBefore) {
  const Dataset made = created("s");
  ASSERT_TRUE(store_->mark_syncing(made.id, {1, 1}));
  ASSERT_TRUE(store_->mark_synced(made.id, result_of(1), 1));
  const SyncRecord asked = store_->request_sync(tenant_, made.id, WantKind::drop).value();
  EXPECT_EQ(asked.state.status, SyncStatus::pending);
  EXPECT_EQ(store_->mark_syncing(made.id, {1, 1}), TransitionResult::superseded);
  EXPECT_EQ(store_->mark_not_synced(made.id, 2), TransitionResult::applied);
  EXPECT_EQ(sync_of(made).state.synced_version, std::nullopt);
}

}  // namespace
}  // namespace sluice::metadata
