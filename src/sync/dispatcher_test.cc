// The outbox on its way to a real Temporal server, which comes, goes, and loses what it took.
#include "sync/dispatcher.h"

#include <atomic>
#include <thread>

#include "base/base64.h"
#include "sync/test_parts.h"
#include "temporal/runtime.h"
#include "temporal/testing/test_server.h"

namespace sluice::sync {
namespace {

using metadata::WantKind;
using temporal::WorkflowStatus;
using temporal::testing::TestServer;

class DispatcherTest : public SyncTest {
 protected:
  void SetUp() override {
    SyncTest::SetUp();
    server_ = TestServer::start().value();
    runtime_ = temporal::Runtime::create().value();
    client_ = temporal::Client::connect_lazily(*runtime_, {.target = server_->target()});
    dispatcher_ =
        std::make_unique<Dispatcher>(*store_, *client_, moving_clock_, wake_,
                                     DispatcherOptions{.retry_attempts = 4, .window_s = 30});
  }
  void TearDown() override {
    dispatcher_.reset();
    SyncTest::TearDown();
  }
  const Clock& clock() const override { return moving_clock_; }

  /// The dispatcher's pauses pass while the test waits.
  template <typename Condition>
  void until(const char* what, Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!condition()) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << what;
      moving_clock_.advance();
      wake_.notify();
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }
  void until_sent() {
    until("the outbox is empty", [this] { return store_->outbox_depth_and_oldest()->rows == 0; });
  }
  temporal::WorkflowDescription workflow_of(const Dataset& dataset) {
    const Result<temporal::WorkflowDescription> run =
        client_->describe(temporal::WorkflowRef(workflow_id_of(dataset.id)));
    return run ? *run : temporal::WorkflowDescription{};
  }
  std::string waiting_for(const Dataset& dataset) const {
    return sync_of(dataset).state.waiting_for;
  }

  /// A second passes at each step; any thread.
  class MovingClock final : public Clock {
   public:
    Micros now_us() const override { return now_us_; }
    void advance() { now_us_ += 1'000'000; }

   private:
    std::atomic<Micros> now_us_ = 1'700'000'000'000'000;
  };
  MovingClock moving_clock_;
  std::unique_ptr<TestServer> server_;
  std::unique_ptr<temporal::Runtime> runtime_;
  std::unique_ptr<temporal::Client> client_;
  Wake wake_;
  std::unique_ptr<Dispatcher> dispatcher_;
};

TEST_F(DispatcherTest, AWantBecomesTheSignalOfItsDatasetsWorkflow) {
  const Dataset made = uploaded("sent");
  until_sent();
  until("it waits for a worker", [&] { return waiting_for(made) == "worker"; });
  const std::string run_id = workflow_of(made).run_id;
  EXPECT_EQ(workflow_of(made).status, WorkflowStatus::running);
  EXPECT_EQ(workflow_of(made).workflow_type, workflow_type);
  EXPECT_EQ(workflow_of(made).task_queue, task_queue);
  // A later want goes to the same run.
  ask(made, WantKind::drop);
  until_sent();
  EXPECT_EQ(workflow_of(made).run_id, run_id);
  const boost::json::value history =
      boost::json::parse(client_->history_json(workflow_id_of(made.id)).value());
  std::vector<std::string> signals;
  for (const boost::json::value& event : history.at("events").as_array()) {
    if (const auto* of =
            event.as_object().if_contains("workflowExecutionSignaledEventAttributes")) {
      signals.push_back(boost::json::value_to<std::string>(of->at("signalName")));
      const auto& data = of->at("input").at("payloads").at(0).at("data");
      const WorkflowWant sent =
          want_from_json(base64_decode(boost::json::value_to<std::string>(data)).value()).value();
      EXPECT_EQ(sent.retry_attempts, 4) << "the settings in force go with it";
      EXPECT_EQ(sent.window_s, 30);
    }
  }
  EXPECT_EQ(signals, (std::vector<std::string>{want_signal, want_signal}));
}

TEST_F(DispatcherTest, AServerThatIsAwayIsWaitedFor) {
  const Dataset first = uploaded("before");
  until_sent();
  server_->kill_hard();
  const Dataset second = uploaded("meanwhile");
  until("it says what it waits for", [&] { return waiting_for(second) == "temporal"; });
  EXPECT_NE(sync_of(second).state.last_sync_error, "");
  EXPECT_EQ(store_->outbox_depth_and_oldest()->rows, 1) << "nothing is lost";
  ASSERT_TRUE(server_->restart());
  until_sent();
  until("it waits for a worker", [&] { return waiting_for(second) == "worker"; });
  EXPECT_EQ(workflow_of(second).status, WorkflowStatus::running);
  EXPECT_EQ(workflow_of(first).status, WorkflowStatus::running);
}

TEST_F(DispatcherTest, WhatTemporalLostIsSentAgainAndWhatHasEndedIsNot) {
  const Dataset ended = uploaded("ended");
  constexpr std::int64_t order = 1;  // of the first want of all
  const Dataset lost = uploaded("lost");
  until_sent();
  until("both are there", [&] {
    return workflow_of(ended).status == WorkflowStatus::running &&
           workflow_of(lost).status == WorkflowStatus::running;
  });
  ASSERT_TRUE(store_->mark_failed(ended.id, {1, order}, "e", "bug"));
  const std::string run_id = workflow_of(lost).run_id;
  for (const Dataset* dataset : {&ended, &lost}) {
    ASSERT_TRUE(client_->terminate(workflow_id_of(dataset->id)));
  }
  until("it is sent again", [&] {
    const temporal::WorkflowDescription run = workflow_of(lost);
    return run.run_id != run_id && run.status == WorkflowStatus::running;
  });
  EXPECT_EQ(workflow_of(ended).status, WorkflowStatus::terminated)
      << "its want is the older one, and was looked at before";
}

}  // namespace
}  // namespace sluice::sync
