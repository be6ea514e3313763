// The step before the first one, of syncs that wait for each other: what it notes and answers.
#include "sync/test_activities.h"

namespace sluice::sync {
namespace {

namespace json = boost::json;
using temporal::ActivityOutcome;

class BeginTest : public ActivitiesTest {
 protected:
  void lakehouse_says(Micros begins_at_us) {
    on_tool("begin_sync", [begins_at_us](mcp::ToolCall&) {
      mcp::ToolResult result = mcp::ToolResult::ok({{"begins_at_us", begins_at_us}});
      result.meta = {{mcp::meta_cost, {{"rest_calls", 1}}}};
      return result;
    });
  }
};

TEST_F(BeginTest, ASyncThatWaitsForOthersSaysSoAndUntilWhen) {
  const Dataset made = uploaded("waits");
  const WorkflowWant want = newest_want();
  const Micros begins_at_us = clock_.now_us() + 30'000'000;
  lakehouse_says(begins_at_us);
  const json::object answer = answer_in(run(activity_begin.name, want));
  EXPECT_EQ(answer.at("state"), "done");
  EXPECT_EQ(answer.at("begins_at_us"), begins_at_us);
  const SyncState state = sync_of(made).state;
  EXPECT_EQ(state.status, SyncStatus::pending);
  EXPECT_EQ(state.waiting_for, "window");
  EXPECT_EQ(state.next_attempt_at_us, begins_at_us);
  EXPECT_EQ(state.attempts, 0);
  EXPECT_EQ(metrics_.retries.Value(), 0) << "it is no second try";
  EXPECT_EQ(runs_of(made).at(0).cost.rest_calls, 1) << "the look is part of what the run costs";
  // When the time has come.
  EXPECT_EQ(answer_in(run(activity_bronze.name, want)).at("state"), "done");
  EXPECT_EQ(sync_of(made).state.status, SyncStatus::syncing);
  EXPECT_EQ(sync_of(made).state.next_attempt_at_us, std::nullopt);
}

TEST_F(BeginTest, OneThatMayBeginGoesOn) {
  const Dataset made = uploaded("goes");
  const WorkflowWant want = newest_want();
  for (const Micros begins_at_us : {Micros{0}, clock_.now_us()}) {
    lakehouse_says(begins_at_us);
    EXPECT_EQ(state_in(run(activity_begin.name, want)), "done");
    EXPECT_EQ(sync_of(made).state.status, SyncStatus::syncing);
  }
}

TEST_F(BeginTest, WhatNeedsNoWorkIsNotWaitedFor) {
  const Dataset made = uploaded("done");
  const WorkflowWant want = newest_want();
  sync(want);
  const std::size_t before = tools_called().size();
  EXPECT_EQ(state_in(run(activity_begin.name, want)), "superseded") << "its run has ended";
  replace(made);
  EXPECT_EQ(state_in(run(activity_begin.name, want)), "superseded");
  EXPECT_EQ(tools_called().size(), before);
}

/// The last error stays readable while it waits for others before the next attempt.
TEST_F(BeginTest, WaitingForOthersHidesNoError) {
  const Dataset made = uploaded("failed-once");
  const WorkflowWant want = newest_want();
  ASSERT_EQ(state_in(run(activity_bronze.name, want)), "done");
  ASSERT_EQ(state_in(note(want, "waiting", {{"waiting_for", "retry"}})), "done");
  lakehouse_says(clock_.now_us() + 1);
  EXPECT_EQ(state_in(run(activity_begin.name, want, {}, 2)), "done");
  const SyncState state = sync_of(made).state;
  EXPECT_EQ(state.waiting_for, "window");
  EXPECT_EQ(state.attempts, 2);
  EXPECT_EQ(state.last_sync_error, "The cause.");
}

}  // namespace
}  // namespace sluice::sync
