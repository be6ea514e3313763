// Which steps a sync takes, how often and when it is tried, and how it ends, on a server that skips
// the pauses.
#include "sync/test_worker.h"

namespace sluice::sync {
namespace {

using metadata::WantKind;
using Strings = std::vector<std::string>;

class AttemptsTest : public WorkflowTest {
 protected:
  void SetUp() override { start_skipping(); }
  /// Bronze fails so often, then all works.
  void fail_bronze(const char* type, int times, const char* details = "") {
    answer_ = [type, times, details, failed = 0](const Step& step) mutable -> Outcome {
      if (step.type != activity_bronze.name || failed == times) return done();
      ++failed;
      auto failure = temporal::fail_activity(type, "as the test wants it");
      failure.value().details = details;
      return failure;
    };
  }
  std::int64_t next_attempt_s(std::size_t note) const {
    return steps(activity_metadata.name).at(note).input.at("next_attempt_at_us").as_int64() /
           1'000'000;
  }
};

TEST_F(AttemptsTest, ASyncTakesThreeSteps) {
  ask(want_of(1));
  expect_end();
  EXPECT_EQ(steps_.size(), 3U);
  EXPECT_EQ(outcomes(), Strings{"synced"});
  const Step note = steps(activity_metadata.name).at(0);
  EXPECT_EQ(note.text("run_id"), note.run_id);
}

TEST_F(AttemptsTest, ThreeAfter300And600SecondsThenHourlyForADayThenDaily) {
  constexpr int failures = 3 + 24 + 4;
  fail_bronze(failure_lakehouse, failures);
  ask(want_of(1));
  expect_end();
  EXPECT_EQ(steps(activity_bronze.name).size(), failures + 1U);
  const std::vector<Step> notes = steps(activity_metadata.name);
  ASSERT_EQ(notes.size(), failures + 1U) << "the last one says synced";
  for (std::size_t i = 0; i < failures; ++i) {
    EXPECT_EQ(notes[i].text("outcome"), "waiting");
    EXPECT_EQ(notes[i].text("waiting_for"), i < 2 ? "retry" : "lakehouse") << i;
    EXPECT_EQ(notes[i].text("error_class"), "transient");
    EXPECT_EQ(notes[i].attempts(), static_cast<std::int64_t>(i) + 1);
    if (i == 0) continue;
    // From one note's attempt to the next one's is the pause that the later one begins.
    const auto pause = next_attempt_s(i) - next_attempt_s(i - 1);
    const std::int64_t most = i == 1 ? 600 : i < 26 ? 3'600 : 86'400;
    EXPECT_LE(pause, most + 5) << i;
    EXPECT_GE(pause, i == 1 ? 600 : most * 9 / 10) << i;
  }
  EXPECT_EQ(notes.back().text("outcome"), "synced");
}

TEST_F(AttemptsTest, ADefectFailsWhenTheAttemptsAreUsedUp) {
  fail_bronze(failure_exception, 100);
  ask(want_of(1));
  expect_end();
  EXPECT_EQ(steps(activity_bronze.name).size(), 3U);
  EXPECT_EQ(outcomes(), (Strings{"waiting", "waiting", "failed"}));
  EXPECT_EQ(steps(activity_metadata.name).back().text("error_class"), "bug");
}

TEST_F(AttemptsTest, AConflictThatAPersonHasToSolveFailsAtOnce) {
  fail_bronze(failure_lakehouse, 100, R"({"class": "needs_you"})");
  ask(want_of(1));
  expect_end();
  EXPECT_EQ(outcomes(), Strings{"failed"});
}

TEST_F(AttemptsTest, WhatAPersonMustMendFailsAtOnce) {
  fail_bronze(failure_needs_person, 100);
  ask(want_of(1));
  expect_end();
  EXPECT_EQ(steps(activity_bronze.name).size(), 1U);
  EXPECT_EQ(outcomes(), Strings{"failed"});
  EXPECT_EQ(steps(activity_metadata.name)[0].text("error"), "as the test wants it");
  EXPECT_EQ(steps(activity_metadata.name)[0].text("error_class"), "needs_you");
}

TEST_F(AttemptsTest, BadDataFailsAtOnce) {
  fail_bronze(failure_bad_data, 100);
  ask(want_of(1));
  expect_end();
  EXPECT_EQ(outcomes(), Strings{"failed"});
}

/// B3: nobody told that the first one's run is over.
TEST_F(AttemptsTest, AWantThatIsOvertakenBetweenTwoStepsSaysSo) {
  answer_ = [this](const Step& step) {
    if (step.type == activity_bronze.name && step.want.order == 1) ask(want_of(2));
    return done();
  };
  ask(want_of(1));
  expect_end();
  EXPECT_EQ(outcomes(), (Strings{"superseded", "synced"}));
  EXPECT_EQ(steps(activity_metadata.name)[0].want.order, 1);
  EXPECT_EQ(steps(activity_silver.name).size(), 1U) << "the second one's alone";
}

TEST_F(AttemptsTest, ANewerWantEndsThePauseAndTheOneThatFailed) {
  answer_ = [this](const Step& step) -> Outcome {
    // Long after the attempts are used up: as POST /sync does.
    if (step.attempts() == 5 && step.text("outcome") == "waiting") ask(want_of(2));
    if (step.want.order == 1 && step.type == activity_bronze.name) {
      return temporal::fail_activity(failure_lakehouse, "away");
    }
    return done();
  };
  ask(want_of(1));
  expect_end();
  EXPECT_EQ(outcomes(), (Strings{"waiting", "waiting", "waiting", "waiting", "waiting",
                                 "superseded", "synced"}));
  EXPECT_EQ(steps(activity_bronze.name).back().attempts(), 0);
}

TEST_F(AttemptsTest, ADropIsTriedUntilItIsDoneOrOvertaken) {
  answer_ = [this](const Step& step) -> Outcome {
    if (step.attempts() == 6 && step.text("outcome") == "waiting") ask(want_of(2));
    if (step.type != activity_drop.name) return done();
    return temporal::fail_activity(failure_needs_person, "no permission");
  };
  ask(want_of(1, WantKind::drop));
  expect_end();
  EXPECT_EQ(steps(activity_drop.name).size(), 6U);
  EXPECT_EQ(steps(activity_metadata.name)[6].text("outcome"), "superseded");
  EXPECT_EQ(steps(activity_metadata.name)[6].want.want.kind, WantKind::drop);
  EXPECT_EQ(outcomes().back(), "synced");
}

TEST_F(AttemptsTest, AWantSentTwiceIsCarriedOnce) {
  answer_ = [this](const Step& step) {
    if (step.type == activity_silver.name) ask(want_of(1));
    return done();
  };
  ask(want_of(1));
  expect_end();
  EXPECT_EQ(steps_.size(), 3U);
}

TEST_F(AttemptsTest, WhatIsNoWantOfThisDatasetIsIgnored) {
  answer_ = [this](const Step& step) {
    if (step.type == activity_silver.name) {
      EXPECT_TRUE(client_->signal("dataset-sync-d", want_signal, "\"nonsense\""));
      WorkflowWant foreign = want_of(9);
      foreign.want.dataset_id = "another";
      EXPECT_TRUE(client_->signal("dataset-sync-d", want_signal, to_json(foreign)));
    }
    return done();
  };
  ask(want_of(1));
  expect_end();
  EXPECT_EQ(steps_.size(), 3U);
}

/// On the real server: the other one loses an activity that is cancelled as it ends.
TEST_F(WorkflowTest, TheSignalCancelEndsItAtOnceAlsoWhileItBeginsToPause) {
  start_on(Server::start().value());
  answer_ = [this](const Step& step) -> Outcome {
    if (step.text("outcome") == "waiting") {
      EXPECT_TRUE(client_->signal("dataset-sync-d", cancel_signal));
    }
    if (step.type != activity_bronze.name) return done();
    return temporal::fail_activity(failure_lakehouse, "away");
  };
  ask(want_of(1));
  expect_end();
  EXPECT_EQ(outcomes(), (Strings{"waiting", "failed"}));
  EXPECT_NE(steps(activity_metadata.name).back().text("error").find("cancelled"),
            std::string::npos);
}

/// B13: what Temporal's lists show.
TEST_F(WorkflowTest, TheStatusAtTemporalIsTrue) {
  using temporal::SearchAttributeType;
  start_on(Server::start().value());
  ASSERT_TRUE(
      client_->register_search_attributes({{attribute_tenant, SearchAttributeType::keyword},
                                           {attribute_dataset, SearchAttributeType::keyword},
                                           {attribute_status, SearchAttributeType::keyword}}));
  struct Case {
    const char* state;
    WantKind kind;
    const char* status;
  };
  std::int64_t order = 0;
  for (const Case& one :
       {Case{"done", WantKind::sync, "synced"}, Case{"satisfied", WantKind::sync, "synced"},
        Case{"gone", WantKind::sync, "gone"}, Case{"superseded", WantKind::resync, "superseded"},
        Case{"refused", WantKind::sync, "refused"}, Case{"done", WantKind::drop, "not_synced"},
        Case{"superseded", WantKind::drop, "superseded"}}) {
    answer_ = [&one](const Step&) { return state(one.state); };
    WorkflowWant want = want_of(++order, one.kind);
    want.search_attributes = true;
    ask(want);
    expect_end();
    const Result<temporal::WorkflowDescription> run = client_->describe("dataset-sync-d");
    ASSERT_TRUE(run);
    EXPECT_EQ(run->search_attributes.at(attribute_status), "\"" + std::string(one.status) + "\"")
        << one.state;
  }
}

TEST(RetryPause, ItDoublesThenIsSlow) {
  WorkflowWant want;
  want.retry_attempts = 5;
  want.retry_interval_s = 100;
  const std::int64_t expected[] = {100, 200, 400, 600, 3'600, 3'600};
  for (std::int64_t i = 1; i <= 6; ++i) {
    EXPECT_EQ(pause_after(want, i).duration.count(), expected[i - 1]) << i;
    EXPECT_EQ(pause_after(want, i).is_slow, i >= 5) << i;
  }
  EXPECT_EQ(pause_after(want, 28).duration, slow_pause);
  EXPECT_EQ(pause_after(want, 29).duration, slowest_pause);
  EXPECT_EQ(pause_after(want, 1'000'000).duration, slowest_pause);
  want.retry_interval_s = 7'200;
  EXPECT_EQ(pause_after(want, 2).duration.count(), 7'200);
  EXPECT_EQ(pause_after(want, 5).duration.count(), 7'200) << "never quicker than before";
  for (const std::uint64_t random : {0ULL, 359ULL, 360ULL, ~0ULL}) {
    EXPECT_LE(spread(slow_pause, random), slow_pause);
    EXPECT_GT(spread(slow_pause, random), slow_pause * 9 / 10);
  }
  EXPECT_EQ(spread(std::chrono::seconds(3), 7).count(), 3);
}

}  // namespace
}  // namespace sluice::sync
