// The steps of a sync, each by itself: what they ask of the MCP server, what they write, and what
// they answer to a want that nobody asked for, or not any more.
#include "lakehouse/error_codes.h"
#include "sync/test_activities.h"

namespace sluice::sync {
namespace {

namespace json = boost::json;
using metadata::WantKind;
using temporal::ActivityOutcome;

TEST_F(ActivitiesTest, ASyncFromTheFirstStepToTheEnd) {
  const Dataset made = uploaded("sales");
  const WorkflowWant want = newest_want();
  const json::object bronze = answer_in(run(activity_bronze.name, want));
  EXPECT_EQ(bronze.at("state"), "done");
  EXPECT_EQ(sync_of(made).state.status, SyncStatus::syncing);
  ASSERT_EQ(runs_of(made).size(), 1U);
  EXPECT_EQ(runs_of(made)[0].outcome, "running");
  const json::object silver = answer_in(run(activity_silver.name, want));
  clock_.advance_us(5);
  EXPECT_EQ(state_in(note_synced(want, bronze, silver)), "done");

  const SyncState state = sync_of(made).state;
  EXPECT_EQ(state.status, SyncStatus::synced);
  EXPECT_EQ(state.bronze_table, "catalog_tenant_acme.bronze.sales");
  EXPECT_EQ(state.silver_table, "catalog_tenant_acme.silver.sales_clean");
  EXPECT_EQ(state.row_count_silver, 2);
  ASSERT_EQ(runs_of(made).size(), 1U);
  EXPECT_EQ(runs_of(made)[0].id, "run-1/" + std::to_string(want.order));
  EXPECT_EQ(runs_of(made)[0].outcome, "synced");
  EXPECT_EQ(runs_of(made)[0].ended_at_us, clock_.now_us());
  EXPECT_EQ(runs_of(made)[0].cost, (SyncCost{2, 4, 0, 0}));
  EXPECT_EQ(store_->list_lakehouse_tables(tenant_)->size(), 2U);
  EXPECT_EQ(metrics_.succeeded.Value(), 1);
  EXPECT_EQ(durations(), 1U);
  EXPECT_EQ(tools_called(), (std::vector<std::string>{"sync_dataset", "transform_to_silver"}));
  // By its age a lakehouse tells a late call.
  for (const auto& [tool, arguments] : calls_) {
    EXPECT_EQ(arguments.at("order"), want.order) << tool;
    EXPECT_EQ(arguments.at("asked_at_us").as_int64(), clock_.now_us() - 5) << tool;
  }
}

TEST_F(ActivitiesTest, ARunThatIsSyncedKeepsTheWarningOfItsTables) {
  const Dataset made = uploaded("warned");
  const WorkflowWant want = newest_want();
  json::object bronze = answer_in(run(activity_bronze.name, want));
  bronze["warning"] = "The group was not granted SELECT.";
  const json::object silver = answer_in(run(activity_silver.name, want));
  EXPECT_EQ(state_in(note_synced(want, bronze, silver)), "done");
  EXPECT_EQ(sync_of(made).state.status, SyncStatus::synced);
  EXPECT_EQ(sync_of(made).state.last_sync_error, "") << "nothing failed";
  EXPECT_EQ(runs_of(made)[0].outcome, "synced");
  EXPECT_EQ(runs_of(made)[0].error, "The group was not granted SELECT.");
}

TEST_F(ActivitiesTest, AnEndThatIsToldTwiceCountsOnce) {
  const Dataset made = uploaded("twice");
  const WorkflowWant want = newest_want();
  const json::object bronze = answer_in(run(activity_bronze.name, want));
  const json::object silver = answer_in(run(activity_silver.name, want));
  EXPECT_EQ(state_in(note_synced(want, bronze, silver)), "done");
  // The worker died before it could say so: another one repeats the step.
  activity_attempt_ = 2;
  EXPECT_EQ(state_in(note_synced(want, bronze, silver)), "superseded");
  EXPECT_EQ(state_in(note(want, "failed")), "superseded");
  EXPECT_EQ(metrics_.succeeded.Value(), 1);
  EXPECT_EQ(metrics_.failed.Value(), 0);
  EXPECT_EQ(durations(), 1U);
  EXPECT_EQ(runs_of(made)[0].outcome, "synced");
}

TEST_F(ActivitiesTest, WhatIsSatisfiedAsksNobody) {
  const Dataset made = uploaded("there");
  sync(newest_want());
  calls_.clear();
  ask(made, WantKind::sync);
  EXPECT_EQ(state_in(run(activity_bronze.name, newest_want())), "satisfied");
  EXPECT_TRUE(tools_called().empty());
  EXPECT_EQ(sync_of(made).state.status, SyncStatus::synced);
  ask(made, WantKind::resync);
  EXPECT_EQ(state_in(run(activity_bronze.name, newest_want())), "done")
      << "by hand it is done anew";
}

/// B3: its run used to stay `running` for ever.
TEST_F(ActivitiesTest, ARunThatWasOvertakenIsSuperseded) {
  const Dataset made = uploaded("overtaken");
  const WorkflowWant first = newest_want();
  const json::object bronze = answer_in(run(activity_bronze.name, first));
  replace(made);
  clock_.advance_us(3);
  EXPECT_EQ(state_in(run(activity_silver.name, first)), "superseded");
  ASSERT_EQ(runs_of(made).size(), 1U);
  EXPECT_EQ(runs_of(made)[0].outcome, "superseded");
  EXPECT_EQ(runs_of(made)[0].ended_at_us, clock_.now_us());
}

/// B3 and B13: it got as far as both tables, but is not what is wanted: no success of a sync.
TEST_F(ActivitiesTest, OneThatWasOvertakenAtItsEndCountsAsNothing) {
  const Dataset made = uploaded("nearly");
  const WorkflowWant first = newest_want();
  const json::object bronze = answer_in(run(activity_bronze.name, first));
  const json::object silver = answer_in(run(activity_silver.name, first));
  replace(made);
  EXPECT_EQ(state_in(note_synced(first, bronze, silver)), "superseded");
  EXPECT_EQ(metrics_.succeeded.Value(), 0);
  EXPECT_EQ(durations(), 0U);
  EXPECT_EQ(runs_of(made)[0].outcome, "superseded");
  EXPECT_TRUE(runs_of(made)[0].ended_at_us);
}

TEST_F(ActivitiesTest, AFailureOfWhatIsNotWantedAnyMoreCountsAsNothing) {
  const Dataset made = uploaded("late failure");
  const WorkflowWant first = newest_want();
  static_cast<void>(run(activity_bronze.name, first));
  replace(made);
  EXPECT_EQ(state_in(note(first, "failed")), "superseded");
  EXPECT_EQ(metrics_.failed.Value(), 0);
  EXPECT_EQ(runs_of(made)[0].outcome, "superseded");
  EXPECT_EQ(sync_of(made).state.status, SyncStatus::pending);
}

TEST_F(ActivitiesTest, ARunOfADeletedDatasetIsSupersededToo) {
  const Dataset made = uploaded("gone");
  const WorkflowWant want = newest_want();
  static_cast<void>(run(activity_bronze.name, want));
  ASSERT_TRUE(store_->delete_dataset(tenant_, made.id, std::nullopt));
  EXPECT_EQ(state_in(run(activity_silver.name, want)), "gone");
  EXPECT_EQ(runs_of(made)[0].outcome, "superseded");
  EXPECT_TRUE(runs_of(made)[0].ended_at_us);
  EXPECT_EQ(state_in(note(want, "failed")), "gone");
  EXPECT_EQ(metrics_.failed.Value(), 0);
}

TEST_F(ActivitiesTest, TheWorkflowMayTellThatItWasOvertaken) {
  const Dataset made = uploaded("told");
  const WorkflowWant want = newest_want();
  static_cast<void>(run(activity_bronze.name, want));
  EXPECT_EQ(state_in(note(want, "superseded")), "superseded");
  EXPECT_EQ(runs_of(made)[0].outcome, "superseded");
}

TEST_F(ActivitiesTest, AFailureIsWrittenAndCountedOnce) {
  const Dataset made = uploaded("failed");
  const WorkflowWant want = newest_want();
  static_cast<void>(run(activity_bronze.name, want));
  EXPECT_EQ(state_in(note(want, "failed", {{"error_class", "needs_you"}})), "done");
  EXPECT_EQ(sync_of(made).state.status, SyncStatus::failed);
  EXPECT_EQ(sync_of(made).state.last_sync_error, "The cause.");
  EXPECT_EQ(metrics_.failed.Value(), 1);
  EXPECT_EQ(runs_of(made)[0].outcome, "failed");
  EXPECT_EQ(runs_of(made)[0].error, "The cause.");
}

TEST_F(ActivitiesTest, AWaitSaysForWhatAndUntilWhen) {
  const Dataset made = uploaded("waits");
  const WorkflowWant want = newest_want();
  static_cast<void>(run(activity_bronze.name, want));
  EXPECT_EQ(state_in(note(want, "waiting", {{"next_attempt_at_us", 42}})), "done");
  EXPECT_EQ(sync_of(made).state.waiting_for, "retry") << "from a workflow of before";
  EXPECT_EQ(
      state_in(note(want, "waiting", {{"next_attempt_at_us", 43}, {"waiting_for", "lakehouse"}})),
      "done");
  const SyncState state = sync_of(made).state;
  EXPECT_EQ(state.status, SyncStatus::pending);
  EXPECT_EQ(state.waiting_for, "lakehouse");
  EXPECT_EQ(state.next_attempt_at_us, 43);
  EXPECT_EQ(state.last_sync_error, "The cause.");
  EXPECT_EQ(state.attempts, 2);
  EXPECT_EQ(metrics_.retries.Value(), 2);
}

TEST_F(ActivitiesTest, WhatTheLakehouseSaysDecidesWhoseMoveItIs) {
  struct Case {
    Errc kind;
    const char* type;
    const char* error_class;
  };
  const Case cases[] = {
      {Errc::unavailable, failure_lakehouse, "transient"},
      {Errc::deadline_exceeded, failure_lakehouse, "transient"},
      {Errc::resource_exhausted, failure_lakehouse, "transient"},
      {Errc::internal, failure_lakehouse, "bug"},
      {Errc::conflict, failure_lakehouse, "needs_you"},
      {Errc::unauthenticated, failure_needs_person, "needs_you"},
      {Errc::permission_denied, failure_needs_person, "needs_you"},
      {Errc::data_loss, failure_bad_data, "needs_you"},
      {Errc::unprocessable, failure_bad_data, "needs_you"},
      {Errc::not_found, failure_bad_data, "needs_you"},
      {Errc::invalid_argument, failure_bad_data, "bug"},
  };
  const Dataset made = uploaded("errors");
  const WorkflowWant want = newest_want();
  for (const Case& one : cases) {
    tool_fails("sync_dataset",
               {one.kind, ErrorCode::from_outside("code"), "What happened.", "What to do."});
    const ActivityOutcome outcome = run(activity_bronze.name, want);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().type, one.type) << name_of(one.kind);
    EXPECT_EQ(json::parse(outcome.error().details).at("class"), one.error_class)
        << name_of(one.kind);
    EXPECT_EQ(outcome.error().message, "What happened. What to do.");
  }
  EXPECT_EQ(runs_of(made)[0].outcome, "running") << "the workflow decides what comes of it";
}

TEST_F(ActivitiesTest, APartOfOursThatIsAwayIsWaitedFor) {
  const Dataset made = uploaded("away");
  const WorkflowWant want = newest_want();
  tool_fails("sync_dataset",
             {Errc::unavailable, lakehouse::Code::api_unreachable, "The API is away.", ""});
  ActivityOutcome outcome = run(activity_bronze.name, want);
  EXPECT_EQ(outcome.error().type, failure_unreachable);
  EXPECT_EQ(sync_of(made).state.waiting_for, "api");
  http_server_.reset();
  outcome = run(activity_bronze.name, want);
  EXPECT_EQ(outcome.error().type, failure_unreachable);
  EXPECT_EQ(sync_of(made).state.waiting_for, "mcp");
  EXPECT_NE(sync_of(made).state.last_sync_error, "");
}

TEST_F(ActivitiesTest, WhatNobodyAskedForIsRefused) {
  const Dataset made = uploaded("victim");
  const WorkflowWant want = newest_want();
  WorkflowWant forged = want;
  forged.want.kind = WantKind::drop;
  EXPECT_EQ(state_in(run(activity_drop.name, forged)), "refused");
  forged = want;
  forged.order += 1'000;
  EXPECT_EQ(state_in(run(activity_bronze.name, forged)), "refused");
  EXPECT_EQ(state_in(note(forged, "failed")), "refused");
  const json::object input{{"want", to_json(want)}, {"attempts", 0}};
  EXPECT_EQ(state_in(run_text(activity_bronze.name, "dataset-sync-other", json::serialize(input))),
            "refused");
  EXPECT_TRUE(tools_called().empty());
  EXPECT_EQ(sync_of(made).state.status, SyncStatus::pending);
  EXPECT_TRUE(runs_of(made).empty());
}

TEST_F(ActivitiesTest, OnlyASealedStepNamesTheRunThatItIsOf) {
  const Dataset made = uploaded("sealed");
  const WorkflowWant want = newest_want();
  const json::object input{{"want", to_json(want)}, {"attempts", 0}, {"run_id", "run-of-another"}};
  const json::object unsealed{{"sluice.unsealed", json::serialize(input)}};
  const ActivityOutcome outcome = run_text(
      activity_bronze.name, workflow_id_of(want.want.dataset_id), json::serialize(unsealed));
  EXPECT_EQ(state_in(outcome), "done") << "the want itself is proven";
  EXPECT_EQ(runs_of(made)[0].id, "run-of-temporal/" + std::to_string(want.order));
}

TEST_F(ActivitiesTest, WhatCannotBeReadIsNotTriedAgain) {
  for (const char* input : {"", "{}", "[1]", R"({"want": 3, "attempts": 0})"}) {
    const ActivityOutcome outcome = run_text(activity_bronze.name, "dataset-sync-d", input);
    ASSERT_FALSE(outcome) << input;
    EXPECT_EQ(outcome.error().type, failure_bad_data);
    EXPECT_TRUE(outcome.error().non_retryable);
  }
  uploaded("outcome");
  EXPECT_EQ(note(newest_want(), "splendid").error().type, failure_bad_data);
}

TEST_F(ActivitiesTest, TablesOfAnotherTenantAreNotTakenForItsOwn) {
  uploaded("mine");
  const WorkflowWant want = newest_want();
  json::object bronze = answer_in(run(activity_bronze.name, want));
  const json::object silver = answer_in(run(activity_silver.name, want));
  bronze["table"] = "catalog_tenant_other.bronze.mine";
  EXPECT_EQ(note_synced(want, bronze, silver).error().type, failure_bad_data);
}

TEST_F(ActivitiesTest, ADropForgetsTablesAndCatalogue) {
  const Dataset made = uploaded("dropped");
  sync(newest_want());
  ask(made, WantKind::drop);
  const WorkflowWant drop = newest_want();
  EXPECT_EQ(state_in(run(activity_drop.name, drop)), "done");
  EXPECT_EQ(sync_of(made).state.status, SyncStatus::not_synced);
  EXPECT_TRUE(store_->list_lakehouse_tables(tenant_)->empty());
  EXPECT_EQ(runs_of(made).size(), 2U);
  EXPECT_EQ(runs_of(made)[0].outcome, "dropped");
  EXPECT_EQ(calls_.back().second.at("order"), drop.order);
  EXPECT_EQ(state_in(run(activity_drop.name, drop)), "superseded") << "it is done";
}

TEST_F(ActivitiesTest, ADropOutlivesItsDataset) {
  const Dataset made = uploaded("deleted");
  sync(newest_want());
  ASSERT_TRUE(
      store_->delete_dataset(tenant_, made.id, metadata::Want{.kind = metadata::WantKind::drop}));
  const WorkflowWant drop = newest_want();
  EXPECT_EQ(state_in(run(activity_drop.name, drop)), "done");
  EXPECT_TRUE(store_->list_lakehouse_tables(tenant_)->empty());
  EXPECT_EQ(runs_of(made)[0].outcome, "dropped");
  EXPECT_EQ(state_in(run(activity_drop.name, drop)), "refused") << "its want is settled";
}

/// Point 4 of the facts on production: it was given up for dead, and wakes up after a later sync.
TEST_F(ActivitiesTest, ADropThatComesBackLateTakesNothingOfALaterSync) {
  const Dataset made = uploaded("late drop");
  sync(newest_want());
  ask(made, WantKind::drop);
  const WorkflowWant drop = newest_want();
  // While its call is under way, another worker does the drop, and a later sync ends.
  bool is_first = true;
  on_tool("drop_tables", [&](mcp::ToolCall&) {
    if (is_first) {
      is_first = false;
      EXPECT_EQ(state_in(run(activity_drop.name, drop)), "done");
      ask(made, WantKind::resync);
      sync(newest_want());
    }
    return mcp::ToolResult::ok({{"dropped", true}});
  });
  EXPECT_EQ(state_in(run(activity_drop.name, drop)), "superseded");
  EXPECT_EQ(sync_of(made).state.status, SyncStatus::synced);
  EXPECT_EQ(store_->list_lakehouse_tables(tenant_)->size(), 2U) << "the later sync's";
}

TEST_F(ActivitiesTest, WhatTheLakehouseRefusesAsLateIsSuperseded) {
  const Dataset made = uploaded("late sync");
  const WorkflowWant first = newest_want();
  const Error late{Errc::conflict, lakehouse::Code::newer_want_carried, "It comes too late.", ""};
  tool_fails("sync_dataset", late);
  EXPECT_EQ(run(activity_bronze.name, first).error().type, failure_lakehouse)
      << "the metadata know of nothing newer, so a person is told";
  ask(made, WantKind::resync);
  const WorkflowWant second = newest_want();
  on_tool("sync_dataset", [&](mcp::ToolCall& call) {
    EXPECT_TRUE(store_->mark_syncing(made.id, {1, second.order}));
    EXPECT_TRUE(store_->mark_failed(made.id, {1, second.order}, "e", "bug"));
    static_cast<void>(call);
    return mcp::ToolResult::failed(late);
  });
  EXPECT_EQ(state_in(run(activity_bronze.name, first)), "superseded");
}

}  // namespace
}  // namespace sluice::sync
