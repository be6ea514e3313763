// How often, and when, a sync is tried: the real workflow on a server that skips the pauses. Its
// activities only fail here; that they do their work is what tests/e2e shows.
#include <gtest/gtest.h>

#include <mutex>

#include <boost/json/parse.hpp>

#include "sync/activities.h"
#include "sync/dataset_sync_workflow.h"
#include "temporal/client.h"
#include "temporal/runtime.h"
#include "temporal/testing/test_server.h"

namespace sluice::sync {
namespace {

using temporal::ActivityContext;
using temporal::ActivityOutcome;
using temporal::testing::TestServer;

class AttemptsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Result<std::unique_ptr<TestServer>> server = TestServer::start_time_skipping();
    if (!server && server.error().kind == Errc::not_found) GTEST_SKIP() << to_line(server.error());
    ASSERT_TRUE(server) << to_line(server.error());
    server_ = std::move(*server);
    runtime_ = temporal::Runtime::create().value();
    client_ = temporal::Client::connect(*runtime_, {.target = server_->target()}).value();
    worker_ = temporal::Worker::create(*client_, {.task_queue = task_queue}).value();
    worker_->register_workflow(DatasetSyncWorkflow::definition());
    worker_->register_activity(activity_bronze, [this](ActivityContext&, const std::string&) {
      const std::lock_guard lock(mutex_);
      ++attempts_;
      return ActivityOutcome(temporal::fail_activity(failure_type_, "as the test wants it"));
    });
    worker_->register_activity(activity_metadata,
                               [this](ActivityContext&, const std::string& input) {
                                 const std::lock_guard lock(mutex_);
                                 notes_.push_back(boost::json::parse(input).as_object());
                                 return ActivityOutcome("{}");
                               });
    ASSERT_TRUE(worker_->start());
  }

  /// Carries one want, as a new dataset has it, to its end.
  void sync_that_fails_with(const char* failure_type) {
    failure_type_ = failure_type;
    WorkflowWant want;
    want.want.dataset_id = "d";
    want.want.version = 1;
    want.order = 1;
    temporal::SignalWithStartOptions call;
    call.start = {
        .workflow_id = "dataset-sync-d", .workflow_type = workflow_type, .task_queue = task_queue};
    call.signal_name = want_signal;
    call.signal_input = to_json(want);
    ASSERT_TRUE(client_->signal_with_start(call));
    const Result<temporal::WorkflowOutcome> ended =
        client_->result("dataset-sync-d", std::chrono::seconds(30));
    ASSERT_TRUE(ended) << to_line(ended.error());
    EXPECT_EQ(ended->status, temporal::WorkflowStatus::completed);
  }

  std::string outcome(std::size_t note) const {
    return boost::json::value_to<std::string>(notes_.at(note).at("outcome"));
  }

  std::unique_ptr<TestServer> server_;
  std::unique_ptr<temporal::Runtime> runtime_;
  std::unique_ptr<temporal::Client> client_;
  std::string failure_type_;
  std::mutex mutex_;
  int attempts_ = 0;
  std::vector<boost::json::object> notes_;
  std::unique_ptr<temporal::Worker> worker_;  // last: its threads use the rest
};

TEST_F(AttemptsTest, ThreeByDefaultAfter300And600Seconds) {
  sync_that_fails_with(failure_lakehouse);
  EXPECT_EQ(attempts_, 3);
  ASSERT_EQ(notes_.size(), 3U);
  EXPECT_EQ(outcome(0), "waiting");
  EXPECT_EQ(outcome(1), "waiting");
  EXPECT_EQ(outcome(2), "failed");
  const std::int64_t second = notes_[0].at("next_attempt_at_us").as_int64();
  const std::int64_t third = notes_[1].at("next_attempt_at_us").as_int64();
  // The second note is written when its attempt has failed, a moment after 300 s.
  EXPECT_NEAR(static_cast<double>(third - second) / 1e6, 600, 5);
}

TEST_F(AttemptsTest, WhatAPersonMustMendFailsAtOnce) {
  sync_that_fails_with(failure_needs_person);
  EXPECT_EQ(attempts_, 1);
  ASSERT_EQ(notes_.size(), 1U);
  EXPECT_EQ(outcome(0), "failed");
  EXPECT_EQ(notes_[0].at("error").as_string(), "as the test wants it");
}

TEST_F(AttemptsTest, BadDataFailsAtOnce) {
  sync_that_fails_with(failure_bad_data);
  EXPECT_EQ(attempts_, 1);
  EXPECT_EQ(outcome(0), "failed");
}

}  // namespace
}  // namespace sluice::sync
