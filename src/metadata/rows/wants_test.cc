// What a want must be to be obeyed: a forged one, a late one and one from before wants were
// recorded.
#include <functional>
#include <map>

#include "metadata/test_store.h"

namespace sluice::metadata {
namespace {

class WantsTest : public StoreTest {
 protected:
  OutboxRow newest() const {
    const auto rows = store_->due_outbox(100, clock_.now_us()).value();
    EXPECT_FALSE(rows.empty());
    return rows.empty() ? OutboxRow{} : rows.back();
  }
  WantProof proof(const Want& want, std::int64_t order) const {
    return store_->prove_want(want, order).value().proof;
  }
  /// As a store is that an older Sluice has left: nothing recorded of what was asked for.
  void forget_what_was_asked() const {
    const std::unique_ptr<soci::session> session = raw_session();
    std::int64_t last = 0;
    *session << "SELECT MAX(row_id) FROM wants", soci::into(last);
    *session << "DELETE FROM wants";
    *session << "UPDATE counters SET value = " << last << " WHERE name = 'wants_unrecorded'";
  }
};

TEST_F(WantsTest, OnlyWhatWasAskedForInTheseVeryWords) {
  created("victim");
  const OutboxRow asked = newest();
  const Dataset foreign = create(*store_, other_, "foreign").value();
  EXPECT_EQ(proof(asked.want, asked.id), WantProof::genuine);
  ASSERT_TRUE(store_->outbox_done(asked.id));
  EXPECT_EQ(proof(asked.want, asked.id), WantProof::genuine) << "sent is not yet ended";
  EXPECT_EQ(proof(asked.want, asked.id + 1'000), WantProof::refused);
  EXPECT_EQ(proof(asked.want, -1), WantProof::ended) << "no order is below the first";
  const std::vector<std::function<void(Want&)>> forgeries = {
      [](Want& want) { want.kind = WantKind::drop; },
      [](Want& want) { want.kind = WantKind::resync; },
      [&](Want& want) { want.dataset_id = foreign.id; },
      [&](Want& want) { want.tenant = other_; },
      [](Want& want) { want.version = 2; },
      [](Want& want) { want.sha256 = "other"; },
      [](Want& want) { want.table_name = "stolen"; },
      [](Want& want) { want.dataset_id = "no-such-dataset"; }};
  for (std::size_t i = 0; i < forgeries.size(); ++i) {
    Want forged = asked.want;
    forgeries[i](forged);
    EXPECT_EQ(proof(forged, asked.id), WantProof::refused) << i;
    EXPECT_EQ(proof(forged, asked.id + 1'000), WantProof::refused) << i;
  }
}

TEST_F(WantsTest, AWantEndsWithItsRunOrALaterOne) {
  const Dataset made = created("late");
  const OutboxRow first = newest();
  ASSERT_TRUE(store_->request_sync(tenant_, made.id, WantKind::drop));
  const OutboxRow drop = newest();
  ASSERT_TRUE(store_->request_sync(tenant_, made.id, WantKind::resync));
  const OutboxRow last = newest();
  ASSERT_TRUE(store_->mark_syncing(made.id, {1, last.id}));
  ASSERT_TRUE(store_->mark_synced(made.id, result_of(1), last.id));
  for (const OutboxRow& row : {first, drop, last}) {
    EXPECT_EQ(proof(row.want, row.id), WantProof::ended);
  }
}

TEST_F(WantsTest, ADropOutlivesItsDatasetUntilItIsDone) {
  const Dataset made = created("gone");
  const OutboxRow sync = newest();
  ASSERT_TRUE(store_->delete_dataset(tenant_, made.id, Want{.kind = WantKind::drop}));
  const OutboxRow drop = newest();
  ASSERT_TRUE(store_->outbox_done(drop.id));
  EXPECT_EQ(proof(sync.want, sync.id), WantProof::gone);
  EXPECT_EQ(proof(drop.want, drop.id), WantProof::genuine);
  Want forged = drop.want;
  forged.tenant = other_;
  EXPECT_EQ(proof(forged, drop.id), WantProof::refused);
  ASSERT_TRUE(store_->settle_wants(made.id, drop.id));
  EXPECT_EQ(proof(drop.want, drop.id), WantProof::refused);
}

TEST_F(WantsTest, TablesThatWereToBeKeptAreKept) {
  const Dataset made = created("kept");
  OutboxRow forged = newest();
  forged.want.kind = WantKind::drop;
  ASSERT_TRUE(store_->delete_dataset(tenant_, made.id, std::nullopt));
  EXPECT_EQ(proof(forged.want, forged.id), WantProof::refused);
  EXPECT_EQ(proof(forged.want, forged.id + 1), WantProof::refused);
}

TEST_F(WantsTest, WhatWasSentAndHasNotEndedCanBeSentAgain) {
  const auto orders = [&] {
    std::vector<std::int64_t> out;
    const std::vector<SentWant> all = store_->sent_wants(0, 10).value();
    for (const SentWant& sent : all) out.push_back(sent.order);
    return out;
  };
  const Dataset made = created("lost");
  const OutboxRow first = newest();
  const Dataset deleted = created("deleted");
  ASSERT_TRUE(store_->delete_dataset(tenant_, deleted.id, Want{.kind = WantKind::drop}));
  const OutboxRow drop = newest();
  EXPECT_TRUE(orders().empty()) << "they wait for the dispatcher";
  const std::vector<OutboxRow> due = store_->due_outbox(10, clock_.now_us()).value();
  for (const OutboxRow& row : due) ASSERT_TRUE(store_->outbox_done(row.id));
  EXPECT_EQ(orders(), (std::vector<std::int64_t>{first.id, drop.id}));
  EXPECT_EQ(store_->sent_wants(first.id, 10)->size(), 1U);
  EXPECT_TRUE(store_->send_again(first.id).value());
  EXPECT_FALSE(store_->send_again(first.id).value()) << "it lies there";
  const OutboxRow again = newest();
  EXPECT_EQ(again.id, first.id);
  EXPECT_EQ(again.want.sha256, first.want.sha256);
  ASSERT_TRUE(store_->outbox_done(first.id));
  ASSERT_TRUE(store_->mark_synced(made.id, result_of(1), first.id));
  EXPECT_EQ(orders(), std::vector<std::int64_t>{drop.id});
  EXPECT_FALSE(store_->send_again(first.id).value()) << "it has ended";
}

TEST_F(WantsTest, WhatWasInFlightBeforeTheyWereRecordedGoesOn) {
  const Dataset made = created("old");
  const OutboxRow sync = newest();
  const Dataset dropped = created("dropped");
  ASSERT_TRUE(store_->request_sync(tenant_, dropped.id, WantKind::drop));
  const OutboxRow drop = newest();
  const Dataset deleted = created("deleted");
  ASSERT_TRUE(store_->delete_dataset(tenant_, deleted.id, Want{.kind = WantKind::drop}));
  const OutboxRow of_deleted = newest();
  forget_what_was_asked();
  EXPECT_EQ(proof(sync.want, sync.id), WantProof::genuine);
  EXPECT_EQ(proof(drop.want, drop.id), WantProof::genuine);
  const ProvenWant proven = store_->prove_want(of_deleted.want, of_deleted.id).value();
  EXPECT_EQ(proven.proof, WantProof::genuine);
  EXPECT_EQ(proven.run_began_before_us, clock_.now_us()) << "the migration's time";

  Want forged = sync.want;
  forged.kind = WantKind::drop;
  EXPECT_EQ(proof(forged, sync.id), WantProof::refused);
  forged = sync.want;
  forged.tenant = other_;
  EXPECT_EQ(proof(forged, sync.id), WantProof::refused);
  forged = sync.want;
  forged.sha256 = "other";
  EXPECT_EQ(proof(forged, sync.id), WantProof::refused);
  forged = of_deleted.want;
  forged.table_name = "old";
  EXPECT_EQ(proof(forged, of_deleted.id), WantProof::refused);
  EXPECT_EQ(proof(sync.want, of_deleted.id + 1), WantProof::refused) << "too late to be of before";

  std::map<std::string, WantKind> sent;
  const std::vector<SentWant> all = store_->sent_wants_unrecorded(10).value();
  for (const SentWant& want : all) sent[want.dataset_id] = want.kind;
  EXPECT_EQ(sent, (std::map<std::string, WantKind>{{made.id, WantKind::resync},
                                                   {dropped.id, WantKind::drop}}));
}

}  // namespace
}  // namespace sluice::metadata
