// Which version is to be profiled next, and what waits for it. Run on PostgreSQL too.
#include "metadata/test_store.h"

namespace sluice::metadata {
namespace {

class ProfilesTest : public StoreTest {
 protected:
  static DatasetVersion unprofiled(const std::string& name) {
    DatasetVersion version = version_of(name + ".parquet");
    version.profiled_at_us = 0;
    return version;
  }
  Dataset made() {
    const std::string id = new_uuid_v7();
    clock_.advance_us(1);
    return store_->create_dataset({id, tenant_, "f", "", true}, unprofiled(id), Want{}, SyncState{})
        .value();
  }
  std::string next() {
    const std::vector<UnprofiledVersion> found = store_->due_profiles(clock_.now_us()).value();
    return found.empty() ? "" : found.front().dataset_id;
  }
  std::size_t due() { return store_->due_outbox(10, clock_.now_us())->size(); }
};

TEST_F(ProfilesTest, AWantWaitsUntilItsVersionIsProfiled) {
  const Dataset dataset = made();
  EXPECT_EQ(due(), 0U);
  EXPECT_EQ(sync_of(dataset).state.waiting_for, "profile");
  EXPECT_EQ(sync_of(dataset).state.waiting_since_us, clock_.now_us());
  clock_.advance_us(5);
  EXPECT_EQ(store_->save_profile(dataset.id, 1, "{\"p\":1}").value(), true);
  EXPECT_EQ(store_->save_profile(dataset.id, 1, "{}").value(), false) << "it has one already";
  EXPECT_EQ(due(), 1U);
  EXPECT_EQ(sync_of(dataset).state.waiting_for, "dispatcher");
  EXPECT_EQ(sync_of(dataset).state.waiting_since_us, clock_.now_us());
  EXPECT_EQ(store_->get_profile(dataset.id, 1).value(), "{\"p\":1}");
  EXPECT_EQ(store_->get_version(dataset.id, 1).value().profiled_at_us, clock_.now_us());
  EXPECT_EQ(next(), "");
}

TEST_F(ProfilesTest, TheOldestIsNextAndOneThatWasBegunWaits) {
  const Dataset first = made();
  const Dataset second = made();
  EXPECT_EQ(next(), first.id);
  ASSERT_TRUE(store_->profiling_began(first.id, 1, clock_.now_us() + 100));
  EXPECT_EQ(next(), second.id);
  clock_.advance_us(100);
  const UnprofiledVersion again = store_->due_profiles(clock_.now_us()).value().at(0);
  EXPECT_EQ(again.dataset_id, first.id);
  EXPECT_EQ(again.attempts, 1);
  ASSERT_TRUE(store_->profiling_began(first.id, 1, clock_.now_us() + 100));
  ASSERT_TRUE(store_->profiling_stopped(first.id, 1));
  EXPECT_EQ(store_->due_profiles(clock_.now_us()).value().at(0).attempts, 1);
  ASSERT_TRUE(store_->delete_dataset(tenant_, first.id, {}));
  EXPECT_EQ(next(), second.id);
  EXPECT_EQ(store_->save_profile(first.id, 1, "{}").value(), false) << "it is deleted";
}

TEST_F(ProfilesTest, OnlyTheWantedVersionHoldsItsDatasetUp) {
  const Dataset dataset = made();
  ASSERT_TRUE(store_->add_version(tenant_, dataset.id, version_of("second.parquet"), Want{}));
  // The first is not wanted any more: its want goes out and is found to be superseded.
  EXPECT_EQ(due(), 2U);
  EXPECT_EQ(next(), "") << "nobody asks for the first";
  EXPECT_EQ(sync_of(dataset).state.waiting_for, "dispatcher");
  ASSERT_TRUE(store_->add_version(tenant_, dataset.id, unprofiled("third"), Want{}));
  EXPECT_EQ(due(), 2U);
  EXPECT_EQ(sync_of(dataset).state.waiting_for, "profile");
  // What the dispatcher says is about the earlier ones.
  EXPECT_EQ(store_->mark_waiting(dataset.id, {2, 2}, {"worker", {}, "", 0}).value(),
            TransitionResult::superseded);
  EXPECT_EQ(store_->mark_waiting(dataset.id, {3, 3}, {"worker", {}, "", 0}).value(),
            TransitionResult::refused);
  ASSERT_TRUE(store_->delete_dataset(tenant_, dataset.id, Want{.kind = WantKind::drop}));
  EXPECT_EQ(due(), 4U) << "a deleted one is never profiled";
}

TEST_F(ProfilesTest, AWantedVersionIsProfiledThoughANewerOneIsThere) {
  const Dataset dataset = made();
  ASSERT_TRUE(store_->add_version(tenant_, dataset.id, version_of("second.parquet"), {}));
  EXPECT_EQ(next(), dataset.id);
  EXPECT_EQ(store_->save_profile(dataset.id, 1, "").value(), true);
  EXPECT_EQ(due(), 1U);
  EXPECT_EQ(store_->get_profile(dataset.id, 1).value(), "") << "none could be made";
}

TEST_F(ProfilesTest, OfEachTenantTheSmallestIsDue) {
  const auto add = [&](const TenantId& tenant, std::int64_t bytes) {
    const std::string id = new_uuid_v7();
    DatasetVersion version = unprofiled(id);
    version.bytes = bytes;
    clock_.advance_us(1);
    EXPECT_TRUE(store_->create_dataset({id, tenant, "f", "", true}, version, Want{}, SyncState{}));
    return id;
  };
  add(tenant_, 10'000'000'000);
  const std::string small = add(tenant_, 100);
  const std::string theirs = add(other_, 10'000'000);
  const std::vector<UnprofiledVersion> found = store_->due_profiles(clock_.now_us()).value();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].dataset_id, small);
  EXPECT_EQ(found[1].dataset_id, theirs);
  EXPECT_EQ(found[1].tenant, other_);
}

TEST_F(ProfilesTest, ASyncGoesOnWithoutAProfileThatTakesTooLong) {
  const Dataset dataset = made();
  const Micros since_us = clock_.now_us();
  clock_.advance_us(60);
  EXPECT_EQ(store_->go_on_without_profiles(since_us - 1).value(), 0);
  EXPECT_EQ(due(), 0U);
  EXPECT_EQ(store_->go_on_without_profiles(since_us).value(), 1);
  EXPECT_EQ(due(), 1U);
  EXPECT_EQ(sync_of(dataset).state.waiting_for, "dispatcher");
  EXPECT_EQ(sync_of(dataset).state.waiting_since_us, clock_.now_us());
  EXPECT_EQ(next(), dataset.id) << "its profile is made all the same";
  EXPECT_EQ(store_->save_profile(dataset.id, 1, "{}").value(), true);
  EXPECT_EQ(due(), 1U);
}

}  // namespace
}  // namespace sluice::metadata
