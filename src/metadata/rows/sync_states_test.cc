#include "metadata/test_store.h"

namespace sluice::metadata {
namespace {

TEST_F(StoreTest, ASyncFromUploadToTables) {
  const Dataset made = created("s");
  clock_.advance_us(10);
  EXPECT_EQ(store_->mark_waiting(made.id, {"worker", {}, {}, 0}), Marked::applied);
  EXPECT_EQ(sync_of(made).state.waiting_since_us, clock_.now_us());
  EXPECT_EQ(store_->oldest_pending_since().value(), clock_.now_us());
  EXPECT_EQ(store_->mark_syncing(made.id, {1, 1}), Marked::applied);
  EXPECT_EQ(sync_of(made).state.status, SyncStatus::syncing);
  EXPECT_EQ(store_->mark_waiting(made.id, {"retry", 42, "Cause. Remedy.", 1}), Marked::applied);
  SyncRecord waiting = another()->get_sync_state(made.id).value();
  EXPECT_EQ(waiting.state.status, SyncStatus::pending);
  EXPECT_EQ(waiting.state.next_attempt_at_us, 42);
  EXPECT_EQ(waiting.state.attempts, 1);
  EXPECT_EQ(waiting.state.last_sync_error, "Cause. Remedy.");
  EXPECT_EQ(store_->mark_syncing(made.id, {1, 1}), Marked::applied);
  EXPECT_EQ(store_->mark_synced(made.id, result_of(1), 1), Marked::applied);
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

TEST_F(StoreTest, ARefusedMarkChangesNothing) {
  const Dataset made = created("s", std::nullopt);
  EXPECT_EQ(store_->mark_failed(made.id, {1, 1}, "x", "bug"), Marked::refused);
  EXPECT_EQ(store_->mark_waiting(made.id, {"retry", 42, "e", 1}), Marked::refused);
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
  EXPECT_EQ(store_->mark_failed(made.id, {1, 1}, "why", "needs_you"), Marked::applied);
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
  EXPECT_EQ(store_->mark_syncing(made.id, {1, 1}), Marked::superseded);
  EXPECT_EQ(store_->mark_not_synced(made.id, 2), Marked::applied);
  EXPECT_EQ(sync_of(made).state.synced_version, std::nullopt);
}

}  // namespace
}  // namespace sluice::metadata
