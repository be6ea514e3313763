// What workflows can do beyond activities, timers and signals, with a cache of workflows and
// without.
#include "temporal/testing/feature_test_workflows.h"

namespace sluice::temporal::testing {
namespace {

class FeatureTest : public TemporalTest, public ::testing::WithParamInterface<std::uint32_t> {
 protected:
  void SetUp() override {
    TemporalTest::SetUp();
    const Result<void> registered =
        client_->register_search_attributes({{"SluiceTestKey", SearchAttributeType::keyword}});
    ASSERT_TRUE(registered) << to_line(registered.error());
    worker_ = make_worker(GetParam());
  }
  /// The update's answer, or `type: message` of its failure.
  std::string update(const StartOptions& start, const std::string& name, const std::string& input) {
    const Result<UpdateOutcome> outcome = client_->update(start.workflow_id, name, input, 20s);
    if (!outcome) return to_line(outcome.error());
    return *outcome ? **outcome : outcome->error().type + ": " + outcome->error().message;
  }
  std::unique_ptr<Worker> worker_;
};

TEST_P(FeatureTest, LocalActivities) {
  EXPECT_EQ(run("LocalSteps", "\"plain\"").result, "\"axxx\"");
  EXPECT_EQ(run("LocalSteps", "\"flaky\"").result, "\"third\"");
  const WorkflowOutcome refused = run("LocalSteps", "\"bad_data\"");
  ASSERT_EQ(refused.status, WorkflowStatus::failed);
  EXPECT_EQ(refused.failure->type, "bad_data");
}

TEST_P(FeatureTest, ALocalActivitysLongPauseIsATimer) {
  const StartOptions start = start_options("LocalSteps", "\"backoff\"");
  ASSERT_TRUE(client_->start(start));
  EXPECT_EQ(client_->result(start.workflow_id, 20s).value().result, "\"third\"");
  const std::string history = client_->history_json(start.workflow_id).value();
  EXPECT_NE(history.find("EVENT_TYPE_TIMER_FIRED"), std::string::npos);
}

TEST_P(FeatureTest, Children) {
  EXPECT_EQ(run("Parent", "\"result\"").result, "\"cxxxdxxx\"");
  EXPECT_EQ(run("Parent", "\"exists\"").result, "\"child_already_started\"");
  EXPECT_EQ(run("Parent", "\"cancelled\"").result, "\"only the child\"");
  EXPECT_EQ(run("Parent", "\"signalled\"").result, "\"7\"");
}

TEST_P(FeatureTest, AChildsFailureKeepsTypeMessageAndCause) {
  const WorkflowOutcome outcome = run("Parent", "\"failure\"");
  ASSERT_EQ(outcome.status, WorkflowStatus::failed);
  EXPECT_EQ(outcome.failure->type, "bad_data");
  EXPECT_EQ(outcome.failure->message, "row 7 is ragged");
  EXPECT_NE(outcome.failure->stack_trace.find("test_workflows.cc:"), std::string::npos)
      << outcome.failure->stack_trace;
}

TEST_P(FeatureTest, ScopesAreCancelledByThemselves) {
  for (const char* type : {"\"wait\"", "\"try\"", "\"abandon\""}) {
    EXPECT_EQ(run("Scopes", type).result, "\"right\"") << type;
  }
}

TEST_P(FeatureTest, CoroutinesSideBySide) {
  const StartOptions start = start_options("Spawner");
  ASSERT_TRUE(client_->start(start));
  EXPECT_EQ(client_->result(start.workflow_id, 20s).value().result, "24");
  const std::string history = client_->history_json(start.workflow_id).value();
  const auto count = [&](const std::string& text, std::size_t end) {
    int found = 0;
    for (std::size_t at = history.find(text); at < end; at = history.find(text, at + 1)) ++found;
    return found;
  };
  EXPECT_EQ(count("EVENT_TYPE_TIMER_STARTED", history.find("EVENT_TYPE_TIMER_FIRED")), 3);
}

TEST_P(FeatureTest, UpdatesAreAnsweredRefusedAndMayFail) {
  const StartOptions start = start_options("Counter");
  ASSERT_TRUE(client_->start(start));
  EXPECT_EQ(update(start, "add", "5"), "5");
  EXPECT_EQ(update(start, "add", "-1"), "update: Only upwards.");
  EXPECT_EQ(update(start, "add", "13"), "unlucky: Not this number.");
  EXPECT_NE(update(start, "add", "1000").find("not change it"), std::string::npos);
  EXPECT_NE(update(start, "unheard_of", "1").find("knows no update"), std::string::npos);
  const Result<UpdateRef> once = client_->start_update(start.workflow_id, "add", "4", 20s, "same");
  ASSERT_TRUE(once) << to_line(once.error());
  EXPECT_EQ(client_->update_result(*once, 20s).value().value(), "9");
  const Result<UpdateRef> twice = client_->start_update(start.workflow_id, "add", "4", 20s, "same");
  ASSERT_TRUE(twice) << to_line(twice.error());
  EXPECT_EQ(client_->update_result(*twice, 20s).value().value(), "9") << "it was not done twice";
  EXPECT_EQ(client_->query(start.workflow_id, "value").value(), "9");
  ASSERT_TRUE(client_->signal(start.workflow_id, "stop"));
  EXPECT_EQ(client_->result(start.workflow_id, 20s).value().result, "9");
}

TEST_P(FeatureTest, HandlersThatWaitAreWaitedFor) {
  const StartOptions start = start_options("Counter");
  ASSERT_TRUE(client_->signal_with_start(
      {.start = start, .signal_name = "add_later", .signal_input = "3"}));
  ASSERT_TRUE(client_->signal(start.workflow_id, "stop"));
  EXPECT_EQ(client_->result(start.workflow_id, 20s).value().result, "3");
}

TEST_P(FeatureTest, AQueryCannotChangeAWorkflow) {
  const StartOptions start = start_options("Counter");
  ASSERT_TRUE(client_->start(start));
  EXPECT_EQ(client_->query(start.workflow_id, "value").value(), "0");
  const Result<std::string> meddled = client_->query(start.workflow_id, "meddle");
  ASSERT_FALSE(meddled);
  EXPECT_NE(meddled.error().detail.find("not change it"), std::string::npos);
  ASSERT_TRUE(client_->signal(start.workflow_id, "stop"));
  EXPECT_EQ(client_->result(start.workflow_id, 20s).value().result, "0");
}

TEST_P(FeatureTest, PatchesKeepOldRunsOnTheirWay) {
  Changing::generation = 0;
  const StartOptions before = start_options("Changing");
  ASSERT_TRUE(client_->start(before));
  const auto waits = [&](const StartOptions& start) {
    return eventually([&] {
      const Result<std::string> history = client_->history_json(start.workflow_id);
      return history && history->find("ACTIVITY_TASK_COMPLETED") != std::string::npos;
    });
  };
  ASSERT_TRUE(waits(before));
  // Another worker with newer code must replay each of them.
  worker_.reset();
  Changing::generation = 1;
  worker_ = make_worker(GetParam());
  const StartOptions between = start_options("Changing");
  ASSERT_TRUE(client_->start(between));
  ASSERT_TRUE(waits(between));
  ASSERT_TRUE(client_->signal(before.workflow_id, "go"));
  EXPECT_EQ(client_->result(before.workflow_id, 20s).value().result, "\"oldx\"");
  worker_.reset();
  Changing::generation = 2;
  worker_ = make_worker(GetParam());
  ASSERT_TRUE(client_->signal(between.workflow_id, "go"));
  EXPECT_EQ(client_->result(between.workflow_id, 20s).value().result, "\"newx\"");
}

TEST_P(FeatureTest, MemoAndSearchAttributes) {
  StartOptions start = start_options("Attributes", "\"first\"");
  start.memo = {{"step", "\"one\""}, {"kept", "1"}};
  start.search_attributes = {{"SluiceTestKey", "\"before\""}};
  ASSERT_TRUE(client_->start(start));
  EXPECT_EQ(client_->result(start.workflow_id, 20s).value().result, "\"right\"");
  const WorkflowDescription described = client_->describe(start.workflow_id).value();
  EXPECT_EQ(described.memo.at("step"), "\"two\"");
  EXPECT_EQ(described.search_attributes.at("SluiceTestKey"), "\"after\"");
  EXPECT_TRUE(eventually([&] {
    return client_->count("SluiceTestKey = 'after' AND WorkflowId = '" + start.workflow_id + "'")
               .value_or(0) == 2;
  }));
}

TEST_P(FeatureTest, WhatWorkflowCodeMustNotDoIsRefused) {
  Forbidden::client = client_.get();
  EXPECT_EQ(run("Forbidden", "\"call\"").result, "\"workflow_code_blocks\"");
  EXPECT_NE(run("Forbidden", "\"outside\"").result.find("outside of its workflow task"),
            std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Cache, FeatureTest, ::testing::Values(100U, 0U), [](const auto& tested) {
  return tested.param == 0 ? std::string("none") : std::string("some");
});

}  // namespace
}  // namespace sluice::temporal::testing
