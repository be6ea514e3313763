// Pure. The words are stored and answered: they never change.
#include "dataset/sync_status.h"

#include <gtest/gtest.h>

#include <set>

#include "dataset/sync_cost.h"

namespace sluice {
namespace {

TEST(SyncStatus, NamesGoThereAndBack) {
  std::set<std::string_view> names;
  for (const SyncStatus status : {SyncStatus::not_synced, SyncStatus::pending, SyncStatus::syncing,
                                  SyncStatus::synced, SyncStatus::failed}) {
    EXPECT_EQ(parse_sync_status(name_of(status)), status);
    names.insert(name_of(status));
  }
  EXPECT_EQ(names,
            (std::set<std::string_view>{"not_synced", "pending", "syncing", "synced", "failed"}));
  for (const char* other : {"", "done", "Synced", "synced ", "not synced"}) {
    EXPECT_EQ(parse_sync_status(other), std::nullopt) << other;
  }
}

TEST(SyncCost, AddsUpEachByItself) {
  SyncCost cost{1, 2, 3, 4};
  cost += {10, 20, 30, 40};
  cost += SyncCost{};
  EXPECT_EQ(cost, (SyncCost{11, 22, 33, 44}));
  EXPECT_NE(cost, (SyncCost{11, 22, 33, 45}));
  // What is not known adds nothing.
  cost += {0, 0, 0, 0, 500, 0.5};
  cost += {0, 0, 0, 0, 250, std::nullopt};
  EXPECT_EQ(cost, (SyncCost{11, 22, 33, 44, 750, 0.5}));
}

}  // namespace
}  // namespace sluice
