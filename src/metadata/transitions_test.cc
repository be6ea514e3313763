// The sync's state machine without a store. Pure.
#include "metadata/transitions.h"

#include <gtest/gtest.h>

#include <optional>

namespace sluice::metadata {
namespace {

constexpr SyncStatus not_synced = SyncStatus::not_synced;
constexpr SyncStatus pending = SyncStatus::pending;
constexpr SyncStatus syncing = SyncStatus::syncing;
constexpr SyncStatus synced = SyncStatus::synced;
constexpr SyncStatus failed = SyncStatus::failed;
constexpr TransitionResult applied = TransitionResult::applied;
constexpr TransitionResult superseded = TransitionResult::superseded;
constexpr TransitionResult refused = TransitionResult::refused;

SyncedResult result_of(std::int64_t version) {
  return {version, "sha", "local", "external", "b", "s", 10, 8, 1, 1};
}

/// The run whose steps the table has: over version 1, carrying the second want.
constexpr RunOf run{1, 2};
constexpr std::int64_t open = 1;   ///< last_ended_order while the run goes on.
constexpr std::int64_t ended = 2;  ///< last_ended_order once it has ended.

/// The steps, all of that run; `current` is the newest version.
TransitionResult start(SyncRecord& record, std::int64_t) { return apply_syncing(record, run); }
TransitionResult wait(SyncRecord& record, std::int64_t) {
  return apply_waiting(record, run, {"retry", 9, "e", 1}, 5);
}
TransitionResult wait_for_worker(SyncRecord& record, std::int64_t) {
  return apply_waiting(record, run, {"worker", {}, {}, 0}, 5);
}
TransitionResult done(SyncRecord& record, std::int64_t current) {
  return apply_synced(record, result_of(1), run.order, current, 5);
}
TransitionResult give_up(SyncRecord& record, std::int64_t) {
  return apply_failed(record, run, "why", "bug");
}
TransitionResult dropped(SyncRecord& record, std::int64_t) {
  return apply_not_synced(record, run.order);
}
TransitionResult ask(SyncRecord& record, std::int64_t current) {
  apply_wanted(record, current, false, 5);
  return applied;
}
TransitionResult upload_wanted(SyncRecord& record, std::int64_t current) {
  apply_wanted(record, current + 1, true, 5);
  return applied;
}
TransitionResult upload_unwanted(SyncRecord& record, std::int64_t) {
  apply_unwanted_version(record);
  return applied;
}
TransitionResult ask_drop(SyncRecord& record, std::int64_t) {
  apply_drop_wanted(record, 5);
  return applied;
}

struct Row {
  const char* name;
  TransitionResult (*step)(SyncRecord&, std::int64_t);
  SyncStatus from;
  std::optional<std::int64_t> wanted;
  std::int64_t last_ended_order;
  std::int64_t current;
  TransitionResult marked;
  SyncStatus to;
};

const Row table[] = {
    {"the first activity starts", start, pending, 1, open, 1, applied, syncing},
    {"it starts again", start, syncing, 1, open, 1, applied, syncing},
    {"a late resync starts", start, synced, 1, open, 1, applied, syncing},
    {"a late resync starts after failure", start, failed, 1, open, 1, applied, syncing},
    {"a zombie starts after success", start, synced, 1, ended, 1, superseded, synced},
    {"a zombie starts while a resync waits", start, pending, 1, ended, 1, superseded, pending},
    {"a zombie starts after failure", start, failed, 1, ended, 1, superseded, failed},
    {"nothing was wanted", start, not_synced, 1, open, 1, refused, not_synced},
    {"a newer one is wanted", start, pending, 2, open, 2, superseded, pending},
    {"a drop is wanted", start, pending, std::nullopt, open, 1, superseded, pending},

    {"wait from pending", wait, pending, 1, open, 1, applied, pending},
    {"wait from syncing", wait, syncing, 1, open, 1, applied, pending},
    {"the dispatcher is late", wait_for_worker, syncing, 1, open, 1, refused, syncing},
    {"the dispatcher is in time", wait_for_worker, pending, 1, open, 1, applied, pending},
    {"wait from synced", wait, synced, 1, ended, 1, refused, synced},
    {"wait from failed", wait, failed, 1, ended, 1, refused, failed},
    {"wait from not_synced", wait, not_synced, {}, open, 1, refused, not_synced},

    {"both tables hold it", done, syncing, 1, open, 1, applied, synced},
    {"satisfied already", done, pending, 1, open, 1, applied, synced},
    {"told twice", done, synced, 1, ended, 1, refused, synced},
    {"told twice, and a resync runs", done, syncing, 1, ended, 1, refused, syncing},
    {"while a drop is wanted", done, pending, {}, open, 1, superseded, pending},
    {"a newer one came, wanted", done, pending, 2, open, 2, superseded, pending},
    {"a newer one came, unwanted", done, syncing, 1, open, 2, applied, not_synced},
    {"done after failure", done, failed, 1, ended, 1, refused, failed},
    {"done after drop", done, not_synced, {}, open, 1, refused, not_synced},

    {"attempts used up", give_up, syncing, 1, open, 1, applied, failed},
    {"needs a person before it starts", give_up, pending, 1, open, 1, applied, failed},
    {"failed told twice", give_up, failed, 1, ended, 1, refused, failed},
    {"failed told twice, and a resync runs", give_up, syncing, 1, ended, 1, refused, syncing},
    {"failed while a drop is wanted", give_up, pending, {}, open, 1, superseded, pending},
    {"an older one fails", give_up, pending, 2, open, 2, superseded, pending},
    {"failed after success", give_up, synced, 1, ended, 1, refused, synced},
    {"failed after drop", give_up, not_synced, {}, open, 1, refused, not_synced},

    {"dropped from pending", dropped, pending, {}, open, 1, applied, not_synced},
    {"dropped from syncing", dropped, syncing, {}, open, 1, applied, not_synced},
    {"dropped from synced", dropped, synced, {}, open, 1, applied, not_synced},
    {"dropped from failed", dropped, failed, {}, open, 1, applied, not_synced},
    {"a zombie drops after a later sync", dropped, synced, 1, ended, 1, refused, synced},
    {"dropped twice", dropped, not_synced, {}, open, 1, applied, not_synced},
    {"wanted again since the drop", dropped, pending, 1, open, 1, superseded, pending},
    {"begun again since the drop", dropped, syncing, 1, open, 1, superseded, syncing},

    {"by hand from not_synced", ask, not_synced, {}, open, 1, applied, pending},
    {"by hand from failed", ask, failed, 1, ended, 1, applied, pending},
    {"by hand from synced", ask, synced, 1, ended, 1, applied, pending},
    {"by hand while it runs", ask, syncing, 1, open, 1, applied, syncing},
    {"by hand while an older one runs", ask, syncing, 1, open, 2, applied, pending},
    {"by hand after a drop request", ask, syncing, {}, open, 1, applied, pending},
    {"new version while it runs", upload_wanted, syncing, 1, open, 1, applied, pending},
    {"new version after failure", upload_wanted, failed, 1, ended, 1, applied, pending},
    {"new version after success", upload_wanted, synced, 1, ended, 1, applied, pending},
    {"unwanted version after success", upload_unwanted, synced, 1, ended, 1, applied, not_synced},
    {"unwanted version after failure", upload_unwanted, failed, 1, ended, 1, applied, not_synced},
    {"unwanted version while it runs", upload_unwanted, syncing, 1, open, 1, applied, syncing},
    {"drop asked for", ask_drop, synced, 1, ended, 1, applied, pending},
    {"drop asked for while it runs", ask_drop, syncing, 1, open, 1, applied, pending},
};

TEST(Transitions, AreThoseOfTheTable) {
  for (const Row& row : table) {
    SyncRecord record;
    record.state.status = row.from;
    record.wanted_version = row.wanted;
    record.last_ended_order = row.last_ended_order;
    if (row.from == pending) {
      record.state.waiting_for = "worker";
      record.state.waiting_since_us = 1;
    }
    EXPECT_EQ(row.step(record, row.current), row.marked) << row.name;
    EXPECT_EQ(record.state.status, row.to) << row.name;
    // Whatever waits says for what and since when; whatever does not says nothing.
    EXPECT_EQ(record.state.waiting_for.empty(), row.to != pending) << row.name;
    EXPECT_EQ(record.state.waiting_since_us.has_value(), row.to == pending) << row.name;
    EXPECT_GE(record.last_ended_order, row.last_ended_order) << row.name;
  }
}

TEST(Transitions, WaitingSinceStaysWhileTheReasonDoes) {
  SyncRecord record;
  apply_wanted(record, 1, true, 10);
  ASSERT_EQ(apply_waiting(record, {1, 1}, {"temporal", {}, {}, 0}, 20), applied);
  EXPECT_EQ(record.state.waiting_since_us, 20);
  ASSERT_EQ(apply_waiting(record, {1, 1}, {"temporal", {}, {}, 0}, 30), applied);
  EXPECT_EQ(record.state.waiting_since_us, 20);
  ASSERT_EQ(apply_syncing(record, {1, 1}), applied);
  ASSERT_EQ(apply_waiting(record, {1, 1}, {"retry", 99, "cause", 2}, 40), applied);
  EXPECT_EQ(record.state.waiting_since_us, 40);
  EXPECT_EQ(record.state.next_attempt_at_us, 99);
  EXPECT_EQ(record.state.attempts, 2);
  ASSERT_EQ(apply_waiting(record, {1, 1}, {"mcp", {}, {}, 2}, 50), applied);
  EXPECT_EQ(record.state.next_attempt_at_us, std::nullopt);
  EXPECT_EQ(record.state.last_sync_error, "cause");
}

TEST(Transitions, AnOlderResultIsKeptButDoesNotWin) {
  SyncRecord record;
  apply_wanted(record, 1, true, 1);
  ASSERT_EQ(apply_syncing(record, {1, 1}), applied);
  apply_wanted(record, 2, true, 2);
  EXPECT_EQ(apply_synced(record, result_of(1), 1, 2, 3), superseded);
  EXPECT_EQ(record.state.status, pending);
  EXPECT_EQ(record.state.synced_version, 1);
  EXPECT_EQ(record.state.row_count_bronze, 10);
  ASSERT_EQ(apply_syncing(record, {2, 2}), applied);
  ASSERT_EQ(apply_synced(record, result_of(2), 2, 2, 4), applied);
  EXPECT_EQ(apply_synced(record, result_of(1), 1, 2, 5), refused);
  EXPECT_EQ(record.state.synced_version, 2);
  EXPECT_EQ(record.state.status, synced);
}

TEST(Transitions, AResyncAskedForDuringARunEndsTruthfully) {
  SyncRecord record;
  apply_wanted(record, 1, true, 1);
  ASSERT_EQ(apply_syncing(record, {1, 1}), applied);
  ASSERT_EQ(apply_waiting(record, {1, 1}, {"mcp", {}, "away", 0}, 2), applied);
  apply_wanted(record, 1, false, 3);
  ASSERT_EQ(apply_syncing(record, {1, 1}), applied);
  ASSERT_EQ(apply_synced(record, result_of(1), 1, 1, 4), applied);
  EXPECT_EQ(record.state.status, synced);
  ASSERT_EQ(apply_syncing(record, {1, 2}), applied);
  EXPECT_EQ(apply_synced(record, result_of(1), 1, 1, 5), refused);
  ASSERT_EQ(apply_failed(record, {1, 2}, "why", "needs_you"), applied);
  EXPECT_EQ(record.state.last_sync_error_class, "needs_you");
  EXPECT_EQ(record.state.status, failed);
  EXPECT_EQ(record.state.synced_version, 1);
  EXPECT_EQ(apply_syncing(record, {1, 2}), superseded);
}

TEST(Transitions, ASignalSentAgainDoesNotHideThatTheRunPauses) {
  SyncRecord record;
  apply_wanted(record, 1, true, 1);
  ASSERT_EQ(apply_waiting(record, {1, 1}, {"worker", {}, {}, 0}, 2), applied);
  ASSERT_EQ(apply_syncing(record, {1, 1}), applied);
  ASSERT_EQ(apply_waiting(record, {1, 1}, {"retry", 99, "cause", 1}, 3), applied);
  EXPECT_EQ(apply_waiting(record, {1, 1}, {"worker", {}, "", 0}, 4), refused);
  EXPECT_EQ(record.state.waiting_for, "retry");
  EXPECT_EQ(record.state.attempts, 1);
  apply_wanted(record, 1, false, 5);
  EXPECT_EQ(apply_waiting(record, {1, 1}, {"worker", {}, "", 0}, 6), applied);
}

TEST(Transitions, ADropForgetsWhatTheTablesHeld) {
  SyncRecord record;
  apply_wanted(record, 1, true, 1);
  ASSERT_EQ(apply_synced(record, result_of(1), 1, 1, 3), applied);
  apply_drop_wanted(record, 4);
  EXPECT_EQ(record.state.waiting_for, "dispatcher");
  EXPECT_EQ(apply_syncing(record, {1, 1}), superseded);
  EXPECT_EQ(apply_not_synced(record, 2), applied);
  EXPECT_EQ(record.state.synced_version, std::nullopt);
  EXPECT_EQ(record.state.row_count_bronze, std::nullopt);
  EXPECT_TRUE(record.state.bronze_table.empty());
  EXPECT_TRUE(record.synced_sha256.empty());
}

}  // namespace
}  // namespace sluice::metadata
