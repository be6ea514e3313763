// A workflow that lives for weeks keeps its history short: run after run, and nothing is lost
// between two of them (B4).
#include <thread>

#include "sync/test_worker.h"
#include "temporal/replayer.h"

namespace sluice::sync {
namespace {

using metadata::WantKind;

/// The longest step from one good moment to the next, a burst of signals left out.
constexpr std::int64_t history_events_slack = 64;

class LongLivesTest : public WorkflowTest {
 protected:
  void expect_short_histories(std::size_t runs_min) {
    EXPECT_GE(runs().size(), runs_min);
    for (const auto& [run_id, steps] : runs()) {
      const Result<temporal::WorkflowDescription> run =
          client_->describe(temporal::WorkflowRef("dataset-sync-d", run_id));
      ASSERT_TRUE(run) << to_line(run.error());
      EXPECT_LE(run->history_length, history_events_max + history_events_slack);
    }
  }
  /// Without a cache, each step of each run would have repeated these.
  void expect_histories_fit() {
    temporal::Replayer replayer(*runtime_);
    replayer.register_workflow(DatasetSyncWorkflow::definition());
    for (const auto& [run_id, steps] : runs()) {
      const Result<std::string> history =
          client_->history_json(temporal::WorkflowRef("dataset-sync-d", run_id));
      ASSERT_TRUE(history) << to_line(history.error());
      const Result<void> replayed = replayer.replay("dataset-sync-d", *history);
      EXPECT_TRUE(replayed) << to_line(replayed.error());
    }
  }
  /// Fails a step until that attempt.
  void fail_until(const char* type, std::int64_t attempt) {
    answer_ = [type, attempt](const Step& step) -> Outcome {
      if (step.type != type || step.attempts() == attempt) return done();
      return temporal::fail_activity(failure_lakehouse, "away");
    };
  }
  /// Each attempt is made once, of one want, in one run that people see.
  void expect_attempts_in_order(const char* type, std::int64_t count) {
    const std::vector<Step> tried = steps(type);
    ASSERT_EQ(tried.size(), static_cast<std::size_t>(count));
    for (std::int64_t i = 0; i < count; ++i) {
      const Step& step = tried[static_cast<std::size_t>(i)];
      EXPECT_EQ(step.attempts(), i);
      EXPECT_EQ(step.want.order, 1);
      EXPECT_EQ(step.text("run_id"), tried[0].run_id);
    }
  }
};

TEST_F(LongLivesTest, ADropThatIsRetriedForWeeks) {
  start_skipping();
  if (IsSkipped()) return;
  fail_until(activity_drop.name, 150);
  ask(want_of(1, WantKind::drop));
  expect_end();
  expect_attempts_in_order(activity_drop.name, 151);
  expect_short_histories(3);
}

TEST_F(LongLivesTest, ASyncThatIsRetriedForMonths) {
  start_skipping();
  if (IsSkipped()) return;
  fail_until(activity_silver.name, 50);
  ask(want_of(1));
  expect_end();
  expect_attempts_in_order(activity_silver.name, 51);
  expect_short_histories(2);
  expect_histories_fit();
  const std::vector<Step> notes = steps(activity_metadata.name);
  ASSERT_EQ(notes.size(), 51U);
  EXPECT_EQ(notes.back().text("outcome"), "synced");
  EXPECT_LT(notes.back().input.at("started_at_us").as_int64(),
            notes[0].input.at("next_attempt_at_us").as_int64())
      << "of the first attempt";
}

TEST_F(LongLivesTest, ADatasetWithAVersionEveryMoment) {
  constexpr std::int64_t versions = 120;
  start_skipping();
  if (IsSkipped()) return;
  answer_ = [this](const Step& step) {
    if (step.type == activity_silver.name && step.want.order < versions) {
      ask(want_of(step.want.order + 1));
    }
    return done();
  };
  ask(want_of(1));
  expect_end();
  std::int64_t order = 0;
  for (const Step& step : steps(activity_bronze.name)) EXPECT_EQ(step.want.order, ++order);
  EXPECT_EQ(order, versions) << "each was taken once, in order";
  expect_short_histories(3);
  expect_histories_fit();
}

/// Wants come all the time, one for about each step, also while a run is being handed over.
TEST_F(LongLivesTest, SignalsThatComeWhileItHandsOverAreNotLost) {
  constexpr std::int64_t wants_max = 2'000;
  start_skipping();
  if (IsSkipped()) return;
  std::int64_t newest = 0;
  while (runs().size() < 4 && newest < wants_max) {
    const std::size_t taken = steps_taken();
    ask(want_of(++newest));
    while (steps_taken() == taken) std::this_thread::yield();
  }
  expect_end();
  EXPECT_GE(runs().size(), 4U);
  EXPECT_EQ(steps(activity_metadata.name).back().want.order, newest);
  EXPECT_EQ(outcomes().back(), "synced");
  std::int64_t before = 0;
  for (const Step& step : steps(activity_bronze.name)) {
    EXPECT_GT(step.want.order, before) << "none twice, and none older than what was taken";
    before = step.want.order;
  }
}

class SealedTest : public LongLivesTest {
 protected:
  void SetUp() override {
    codec_ = std::make_shared<temporal::PayloadSealer>(
        temporal::parse_payload_keys(temporal::make_payload_key()).value());
  }
  static Continuation handed_over(std::int64_t newest_order) {
    Continuation before;
    before.in_hand = WantInHand{want_of(7), 2, 1, "first-run"};
    before.newest_order = newest_order;
    return before;
  }
  void start_with(const std::string& input, const temporal::Client& client) {
    const Result<std::string> started =
        const_cast<temporal::Client&>(client).start({.workflow_id = "dataset-sync-d",
                                                     .workflow_type = workflow_type,
                                                     .task_queue = task_queue,
                                                     .input = input});
    ASSERT_TRUE(started) << to_line(started.error());
  }
};

TEST_F(SealedTest, WhatIsHandedOverIsSealed) {
  start_skipping();
  if (IsSkipped()) return;
  fail_until(activity_drop.name, 70);
  ask(want_of(1, WantKind::drop));
  expect_end();
  expect_attempts_in_order(activity_drop.name, 71);
  expect_short_histories(2);
  const auto plain = temporal::Client::connect(*runtime_, {.target = server_->target()}).value();
  for (const auto& [run_id, steps] : runs()) {
    const std::string history =
        plain->history_json(temporal::WorkflowRef("dataset-sync-d", run_id)).value();
    EXPECT_EQ(history.find("newest_order"), std::string::npos);
  }
}

TEST_F(SealedTest, OnlyARunOfOursHandsOver) {
  start_skipping();
  if (IsSkipped()) return;
  const auto plain = temporal::Client::connect(*runtime_, {.target = server_->target()}).value();
  start_with(to_json(handed_over(1'000)), *plain);
  expect_end();
  EXPECT_TRUE(steps_.empty()) << "whoever reaches the server can start a workflow";

  start_with(to_json(handed_over(7)), *client_);
  expect_end();
  ASSERT_EQ(steps_.size(), 3U);
  EXPECT_EQ(steps_[0].attempts(), 2);
  EXPECT_EQ(steps_[0].text("run_id"), "first-run");
}

TEST_F(SealedTest, SignalsOfTheStartAreJudgedByWhatWasHandedOver) {
  start_skipping();
  if (IsSkipped()) return;
  temporal::SignalWithStartOptions call;
  call.start = {.workflow_id = "dataset-sync-d",
                .workflow_type = workflow_type,
                .task_queue = task_queue,
                .input = to_json(handed_over(7))};
  call.signal_name = want_signal;
  call.signal_input = to_json(want_of(6));
  ASSERT_TRUE(client_->signal_with_start(call));
  expect_end();
  ASSERT_EQ(steps_.size(), 3U) << "an older want does not end the one in hand";
  EXPECT_EQ(steps_[0].want.order, 7);
}

TEST_F(SealedTest, AnUnsealedWantKeepsNoOtherOut) {
  start_skipping();
  if (IsSkipped()) return;
  const auto plain = temporal::Client::connect(*runtime_, {.target = server_->target()}).value();
  answer_ = [this, &plain](const Step& step) {
    if (step.type == activity_bronze.name && step.want.order == 1) {
      const std::string forged = to_json(want_of(1'000));
      EXPECT_TRUE(plain->signal("dataset-sync-d", want_signal, forged));
      ask(want_of(2));
    }
    return state(step.want.order == 1'000 ? "refused" : "done");
  };
  ask(want_of(1));
  expect_end();
  std::vector<std::int64_t> orders;
  for (const Step& step : steps(activity_bronze.name)) orders.push_back(step.want.order);
  EXPECT_EQ(orders, (std::vector<std::int64_t>{1, 2, 1'000})) << "last, and then it is refused";
}

TEST(Continuation, ItIsReadBack) {
  Continuation before;
  before.in_hand = WantInHand{WorkflowWant{{.dataset_id = "d"}, 5, 3, 300, true}, 4, 99, "run"};
  before.next = WorkflowWant{{.kind = WantKind::drop, .dataset_id = "d"}, 6, 3, 300, false};
  before.unproven = {WorkflowWant{{.dataset_id = "d"}, 8, 3, 300, false}};
  before.newest_order = 5;
  before.order_before = 2;
  before.has_ignored = true;
  const Continuation read = continuation_from_json(to_json(before)).value();
  EXPECT_EQ(to_json(read), to_json(before));
  EXPECT_EQ(read.in_hand->attempts, 4);
  EXPECT_EQ(read.next->want.kind, WantKind::drop);
  EXPECT_EQ(to_json(continuation_from_json(to_json(Continuation{})).value()),
            to_json(Continuation{}));
  for (const char* text : {"", "{}", "null", "[]", R"({"newest_order": "x"})"}) {
    EXPECT_EQ(continuation_from_json(text).error().code, "bad_continuation") << text;
  }
}

}  // namespace
}  // namespace sluice::sync
