// What waits to be handed to Temporal, in which order. Run on PostgreSQL too.
#include "metadata/test_store.h"

namespace sluice::metadata {
namespace {

TEST_F(StoreTest, AWantIsFilledInByTheStore) {
  const Dataset made = created("w", Want{.dataset_id = "lies", .tenant = other_, .version = 77});
  const OutboxRow row = store_->due_outbox(10, clock_.now_us())->at(0);
  EXPECT_EQ(row.want.kind, WantKind::sync);
  EXPECT_EQ(row.want.dataset_id, made.id);
  EXPECT_EQ(row.want.tenant, tenant_);
  EXPECT_EQ(row.want.version, 1);
  EXPECT_EQ(row.want.sha256, "sha-" + made.id + ".parquet");
  EXPECT_EQ(row.want.table_name, "w");
  EXPECT_EQ(row.created_at_us, clock_.now_us());
  EXPECT_EQ(row.tries, 0);
}

TEST_F(StoreTest, RowsGoOnlyByDone) {
  created("one");
  clock_.advance_us(10);
  created("two");
  const auto rows = store_->due_outbox(10, clock_.now_us()).value();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_LT(rows[0].id, rows[1].id);
  EXPECT_EQ(store_->due_outbox(1, clock_.now_us())->size(), 1U);
  ASSERT_TRUE(store_->outbox_postponed(rows[0].id, "Temporal is down", clock_.now_us() + 1000));
  EXPECT_EQ(store_->due_outbox(10, clock_.now_us())->size(), 1U);
  const OutboxRow again = store_->due_outbox(10, clock_.now_us() + 1000)->at(0);
  EXPECT_EQ(again.id, rows[0].id);
  EXPECT_EQ(again.tries, 1);
  EXPECT_EQ(again.last_error, "Temporal is down");
  OutboxDepth depth = store_->outbox_depth_and_oldest().value();
  EXPECT_EQ(depth.rows, 2);
  EXPECT_EQ(depth.oldest_created_at_us, clock_.now_us() - 10);
  for (const OutboxRow& row : rows) ASSERT_TRUE(store_->outbox_done(row.id));
  ASSERT_TRUE(store_->outbox_done(rows[0].id));
  depth = store_->outbox_depth_and_oldest().value();
  EXPECT_EQ(depth.rows, 0);
  EXPECT_EQ(depth.oldest_created_at_us, std::nullopt);
}

TEST_F(StoreTest, ALaterWantOfADatasetWaitsForItsEarlierOne) {
  const Dataset made = created("one");
  ASSERT_TRUE(store_->request_sync(tenant_, made.id, WantKind::resync));
  created("two");
  const Micros now_us = clock_.now_us();
  const std::int64_t first = store_->due_outbox(10, now_us)->at(0).id;
  ASSERT_TRUE(store_->outbox_postponed(first, "Temporal is down", now_us + 1000));
  const auto due = store_->due_outbox(10, now_us).value();
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0].want.table_name, "two");
  EXPECT_EQ(store_->due_outbox(10, now_us + 1000)->size(), 3U);
}

TEST_F(StoreTest, RowIdsAreNeverUsedAgain) {
  created("one");
  const std::int64_t first = store_->due_outbox(1, clock_.now_us())->at(0).id;
  ASSERT_TRUE(store_->outbox_done(first));
  created("two");
  EXPECT_GT(store_->due_outbox(1, clock_.now_us())->at(0).id, first);
}

TEST_F(StoreTest, WantKindsHaveNames) {
  for (const WantKind kind : {WantKind::sync, WantKind::resync, WantKind::drop}) {
    EXPECT_EQ(parse_want_kind(name_of(kind)), kind);
  }
  EXPECT_EQ(parse_want_kind("SYNC"), std::nullopt);
}

}  // namespace
}  // namespace sluice::metadata
