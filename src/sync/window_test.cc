// Syncs that wait for each other before they wake the lakehouse: when they go on, and what ends the
// wait.
#include <thread>

#include "sync/test_worker.h"

namespace sluice::sync {
namespace {

using Strings = std::vector<std::string>;

class WindowTest : public WorkflowTest {
 protected:
  static WorkflowWant waiting_want(std::int64_t order) {
    WorkflowWant want = want_of(order);
    want.window_s = 3'600;
    return want;
  }
  static Outcome begins_in(std::chrono::seconds pause) {
    const Micros at_us = SystemClock().now_us() + std::chrono::microseconds(pause).count();
    return Outcome(R"({"begins_at_us": )" + std::to_string(at_us) + R"(, "state": "done"})");
  }
  /// The first sync is told to wait for so long, each further one to go.
  void first_waits(std::chrono::seconds pause) {
    answer_ = [pause, asked = 0](const Step& step) mutable -> Outcome {
      if (step.type != activity_begin.name) return done();
      return asked++ == 0 ? begins_in(pause) : Outcome(R"({"begins_at_us": 0, "state": "done"})");
    };
  }
  void until_it_waits() {
    for (int i = 0; i < 600; ++i) {
      const Result<std::string> progress = client_->query("dataset-sync-d", progress_query);
      if (progress && progress->find("waiting for others") != std::string::npos) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    FAIL() << "it does not wait";
  }
  Strings types() const {
    const std::lock_guard lock(mutex_);
    Strings out;
    for (const Step& step : steps_) out.push_back(step.type);
    return out;
  }
};

TEST_F(WindowTest, ASyncWaitsUntilItMayBeginAndNoAttemptIsConsumed) {
  start_skipping();
  first_waits(std::chrono::minutes(30));
  ask(waiting_want(1));
  expect_end();
  EXPECT_EQ(types(), (Strings{activity_begin.name, activity_bronze.name, activity_silver.name,
                              activity_metadata.name}));
  EXPECT_EQ(outcomes(), Strings{"synced"});
  EXPECT_EQ(steps(activity_bronze.name).at(0).attempts(), 0);
  const Result<temporal::WorkflowDescription> run = client_->describe("dataset-sync-d");
  ASSERT_TRUE(run && run->closed_at_us);
  EXPECT_GE(*run->closed_at_us - run->started_at_us, 1'790'000'000) << "half an hour was skipped";
}

TEST_F(WindowTest, OneThatMayBeginDoesNotWaitAndAnOldWantIsNotEvenAsked) {
  start_skipping();
  first_waits(std::chrono::seconds(0));
  ask(waiting_want(1));
  expect_end();
  ask(want_of(2));
  expect_end();
  EXPECT_EQ(steps(activity_begin.name).size(), 1U);
  EXPECT_EQ(steps(activity_bronze.name).size(), 2U);
}

TEST_F(WindowTest, EachAttemptAsksAnew) {
  start_skipping();
  answer_ = [failed = false](const Step& step) mutable -> Outcome {
    if (step.type == activity_begin.name) return begins_in(std::chrono::seconds(0));
    if (step.type != activity_bronze.name || std::exchange(failed, true)) return done();
    return temporal::fail_activity(failure_lakehouse, "away");
  };
  ask(waiting_want(1));
  expect_end();
  EXPECT_EQ(steps(activity_begin.name).size(), 2U) << "by then it may be asleep again";
  EXPECT_EQ(outcomes(), (Strings{"waiting", "synced"}));
}

TEST_F(WindowTest, WhatNeedsNoWorkEndsInPlaceOfWaiting) {
  start_skipping();
  for (const char* how : {"satisfied", "superseded", "gone", "refused"}) {
    answer_ = [how](const Step&) { return state(how); };
    const std::size_t before = steps_taken();
    ask(waiting_want(static_cast<std::int64_t>(before) + 1));
    expect_end();
    EXPECT_EQ(steps_taken(), before + 1) << how;
  }
}

/// On the real server: the other one skips the wait before anything can be sent.
class WindowEndsTest : public WindowTest {
 protected:
  void SetUp() override {
    start_on(Server::start().value());
    first_waits(std::chrono::minutes(50));
    ask(waiting_want(1));
    until_it_waits();
  }
};

TEST_F(WindowEndsTest, ANewerWantTakesItsPlace) {
  ask(waiting_want(2));
  expect_end();
  EXPECT_EQ(outcomes(), (Strings{"superseded", "synced"}));
  EXPECT_EQ(steps(activity_metadata.name)[0].want.order, 1);
  EXPECT_EQ(steps(activity_bronze.name).size(), 1U) << "the second one's alone";
}

TEST_F(WindowEndsTest, ADropTakesItsPlace) {
  ask(want_of(2, metadata::WantKind::drop));
  expect_end();
  EXPECT_EQ(outcomes(), Strings{"superseded"});
  EXPECT_EQ(steps(activity_drop.name).size(), 1U);
  EXPECT_TRUE(steps(activity_bronze.name).empty());
}

TEST_F(WindowEndsTest, TheSignalCancelEndsItAsFailed) {
  EXPECT_TRUE(client_->signal("dataset-sync-d", cancel_signal));
  expect_end();
  EXPECT_EQ(outcomes(), Strings{"failed"});
  EXPECT_TRUE(steps(activity_bronze.name).empty());
}

TEST_F(WindowEndsTest, TheSignalRetryBeginsAtOnce) {
  EXPECT_TRUE(client_->signal("dataset-sync-d", retry_signal));
  expect_end();
  EXPECT_EQ(outcomes(), Strings{"synced"});
}

}  // namespace
}  // namespace sluice::sync
