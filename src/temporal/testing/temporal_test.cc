// Workflows and activities against a real dev server, with a cache of workflows and without.
#include "temporal/testing/test_workflows.h"

namespace sluice::temporal::testing {
namespace {

class WorkflowTest : public TemporalTest, public ::testing::WithParamInterface<std::uint32_t> {
 protected:
  void SetUp() override {
    TemporalTest::SetUp();
    worker_ = make_worker(GetParam());
  }
  std::unique_ptr<Worker> worker_;
};

TEST_P(WorkflowTest, ThreeActivitiesInSequence) {
  const WorkflowOutcome outcome = run("ThreeSteps", "\"a\"");
  EXPECT_EQ(outcome.status, WorkflowStatus::completed);
  EXPECT_EQ(outcome.result, "\"axxx\"");
}

TEST_P(WorkflowTest, TheServerRepeatsAFailedActivity) {
  EXPECT_EQ(run("OneActivity", "\"flaky\"").result, "\"third\"");
  EXPECT_EQ(counters().attempts, 3);
}

TEST_P(WorkflowTest, ANonRetryableTypeEndsAtTheFirstAttempt) {
  const WorkflowOutcome outcome = run("OneActivity", "\"bad_data\"");
  ASSERT_EQ(outcome.status, WorkflowStatus::failed);
  EXPECT_EQ(outcome.failure->type, "bad_data");
  EXPECT_EQ(outcome.failure->message, "row 7 is ragged");
  EXPECT_EQ(counters().attempts, 1);
}

TEST_P(WorkflowTest, AnActivityMayRefuseFurtherAttempts) {
  const WorkflowOutcome outcome = run("OneActivity", "\"refusing\"");
  ASSERT_EQ(outcome.status, WorkflowStatus::failed);
  EXPECT_EQ(outcome.failure->type, "refused");
  EXPECT_EQ(outcome.failure->details, R"({"row":7})");
  EXPECT_TRUE(outcome.failure->non_retryable);
  EXPECT_EQ(counters().attempts, 1);
}

TEST_P(WorkflowTest, AttemptsAreUsedUp) {
  EXPECT_EQ(run("OneActivity", "\"hopeless\"").failure->type, "hiccup");
  EXPECT_EQ(counters().attempts, 2);
  counters().attempts = 0;
  const WorkflowOutcome thrown = run("OneActivity", "\"throwing\"");
  EXPECT_EQ(thrown.failure->type, "exception");
  EXPECT_EQ(thrown.failure->message, "broken");
  EXPECT_EQ(counters().attempts, 2);
}

TEST_P(WorkflowTest, HeartbeatDetailsReachTheNextAttempt) {
  EXPECT_EQ(run("OneActivity", "\"resuming\"").result, R"({"row":5})");
}

TEST_P(WorkflowTest, Timer) {
  const int slept_us = std::stoi(run("Sleeper").result);
  EXPECT_GE(slept_us, 300'000);
  EXPECT_LT(slept_us, 10'000'000);
}

TEST_P(WorkflowTest, WaitConditionWithAndWithoutTimeLimit) {
  EXPECT_EQ(run("Patient").result, "1");
}

TEST_P(WorkflowTest, ContinueAsNew) { EXPECT_EQ(run("Countdown", "2").result, "\"lift-off\""); }

TEST_P(WorkflowTest, SignalsAndQueriesWhileRunningAndAfterwards) {
  const StartOptions start = start_options("Collector");
  const Result<std::string> first =
      client_->signal_with_start({.start = start, .signal_name = "add", .signal_input = "1"});
  const Result<std::string> second =
      client_->signal_with_start({.start = start, .signal_name = "add", .signal_input = "2"});
  ASSERT_TRUE(first && second);
  EXPECT_EQ(*first, *second) << "one run, not two";
  ASSERT_TRUE(client_->signal(start.workflow_id, "add", "3"));
  ASSERT_TRUE(client_->signal(start.workflow_id, "unheard_of"));
  EXPECT_EQ(client_->query(start.workflow_id, "seen").value(), "\"123\"");
  const Result<std::string> unknown = client_->query(start.workflow_id, "unheard_of");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().kind, Errc::invalid_argument);
  ASSERT_TRUE(client_->signal(start.workflow_id, "stop"));
  EXPECT_EQ(client_->result(start.workflow_id, 20s).value().result, "\"123\"");
  EXPECT_EQ(client_->query(start.workflow_id, "seen").value(), "\"123\"") << "closed";
  const Result<std::string> third =
      client_->signal_with_start({.start = start, .signal_name = "stop"});
  ASSERT_TRUE(third);
  EXPECT_NE(*first, *third) << "a closed workflow's id is used again";
}

TEST_P(WorkflowTest, CancellationReachesWhateverIsWaitedFor) {
  for (const std::string input : {"\"sleep\"", "\"condition\"", "\"activity\""}) {
    const StartOptions start = start_options("Cancellable", input);
    ASSERT_TRUE(client_->start(start));
    if (input == "\"activity\"") {
      ASSERT_TRUE(eventually([] { return counters().attempts > 0; }));
    }
    ASSERT_TRUE(client_->cancel(start.workflow_id, "a test"));
    const Result<WorkflowOutcome> outcome = client_->result(start.workflow_id, 20s);
    ASSERT_TRUE(outcome) << to_line(outcome.error());
    EXPECT_EQ(outcome->status, WorkflowStatus::cancelled) << input;
  }
}

TEST_P(WorkflowTest, ManyAtATime) {
  std::vector<StartOptions> all;
  for (int i = 0; i < 6; ++i) {
    all.push_back(start_options("ThreeSteps", "\"m\""));
    ASSERT_TRUE(client_->start(all.back()));
  }
  for (const StartOptions& one : all) {
    EXPECT_EQ(client_->result(one.workflow_id, 20s).value().result, "\"mxxx\"");
  }
}

INSTANTIATE_TEST_SUITE_P(Cache, WorkflowTest, ::testing::Values(100U, 0U), [](const auto& tested) {
  return tested.param == 0 ? std::string("none") : std::string("some");
});

}  // namespace
}  // namespace sluice::temporal::testing
