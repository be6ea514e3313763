#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <mutex>

#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>

#include "sync/activities.h"
#include "sync/dataset_sync_workflow.h"
#include "sync/retry_pause.h"
#include "temporal/client.h"
#include "temporal/payload/payload_sealer.h"
#include "temporal/runtime.h"
#include "temporal/testing/test_server.h"

namespace sluice::sync {

/// The real workflow on a real server; what its steps come to, the test says. That the steps do
/// their work is what activities_test and tests/e2e show.
class WorkflowTest : public ::testing::Test {
 protected:
  using Server = temporal::testing::TestServer;
  using Outcome = temporal::ActivityOutcome;
  struct Step {
    std::string type;
    boost::json::object input;
    std::string run_id;  ///< Temporal's.
    WorkflowWant want;

    std::int64_t attempts() const { return input.at("attempts").as_int64(); }
    std::string text(const char* name) const {
      const boost::json::value* value = input.if_contains(name);
      return value == nullptr ? "" : boost::json::value_to<std::string>(*value);
    }
  };
  using Answer = std::function<Outcome(const Step&)>;

  /// The server that skips pauses.
  void start_skipping() {
    Result<std::unique_ptr<Server>> server = Server::start_time_skipping();
    if (!server && server.error().kind == Errc::not_found) GTEST_SKIP() << to_line(server.error());
    ASSERT_TRUE(server) << to_line(server.error());
    start_on(std::move(*server));
  }
  void start_on(std::unique_ptr<Server> server) {
    server_ = std::move(server);
    runtime_ = temporal::Runtime::create().value();
    client_ = temporal::Client::connect(*runtime_, {.target = server_->target(), .codec = codec_})
                  .value();
    worker_ = temporal::Worker::create(*client_, {.task_queue = task_queue}).value();
    worker_->register_workflow(DatasetSyncWorkflow::definition());
    for (const char* type : {activity_begin.name, activity_bronze.name, activity_silver.name,
                             activity_metadata.name, activity_drop.name}) {
      worker_->register_activity(type,
                                 [this](temporal::ActivityContext& context, std::string input) {
                                   return take(context.info(), input);
                                 });
    }
    ASSERT_TRUE(worker_->start());
  }

  Outcome take(const temporal::ActivityInfo& info, const std::string& input) {
    Step step{info.activity_type, boost::json::parse(input).as_object(), info.run_id, {}};
    step.want = want_from_json(step.text("want")).value();
    {
      const std::lock_guard lock(mutex_);
      steps_.push_back(step);
    }
    return answer_ ? answer_(step) : done();
  }
  static Outcome done() { return state("done"); }
  static Outcome state(const std::string& name) { return Outcome(R"({"state": ")" + name + "\"}"); }

  static WorkflowWant want_of(std::int64_t order,
                              metadata::WantKind kind = metadata::WantKind::sync) {
    WorkflowWant want;
    want.want.kind = kind;
    want.want.dataset_id = "d";
    want.want.version = order;
    want.order = order;
    return want;
  }
  void ask(const WorkflowWant& want) {
    temporal::SignalWithStartOptions call;
    call.start = {
        .workflow_id = "dataset-sync-d", .workflow_type = workflow_type, .task_queue = task_queue};
    call.signal_name = want_signal;
    call.signal_input = to_json(want);
    Result<std::string> taken = client_->signal_with_start(call);
    // The time-skipping server's own race, where a run ends just then; a real one starts the next
    // run. The dispatcher sends again whatever was not taken.
    for (int i = 0; i < 20 && !taken && taken.error().detail.ends_with("Completed workflow"); ++i) {
      taken = client_->signal_with_start(call);
    }
    EXPECT_TRUE(taken) << to_line(taken.error());
  }
  void expect_end(temporal::WorkflowStatus status = temporal::WorkflowStatus::completed) {
    const Result<temporal::WorkflowOutcome> ended =
        client_->result("dataset-sync-d", std::chrono::seconds(300));
    ASSERT_TRUE(ended) << to_line(ended.error());
    EXPECT_EQ(ended->status, status);
  }

  std::vector<Step> steps(const char* type) const {
    const std::lock_guard lock(mutex_);
    std::vector<Step> out;
    for (const Step& step : steps_) {
      if (step.type == type) out.push_back(step);
    }
    return out;
  }
  std::vector<std::string> outcomes() const {
    std::vector<std::string> out;
    for (const Step& note : steps(activity_metadata.name)) out.push_back(note.text("outcome"));
    return out;
  }
  std::size_t steps_taken() const {
    const std::lock_guard lock(mutex_);
    return steps_.size();
  }
  /// By Temporal's runs, of each the number of steps.
  std::map<std::string, int> runs() const {
    const std::lock_guard lock(mutex_);
    std::map<std::string, int> out;
    for (const Step& step : steps_) ++out[step.run_id];
    return out;
  }

  std::unique_ptr<Server> server_;
  std::unique_ptr<temporal::Runtime> runtime_;
  std::shared_ptr<const temporal::PayloadCodec> codec_;
  std::unique_ptr<temporal::Client> client_;
  Answer answer_;
  mutable std::mutex mutex_;
  std::vector<Step> steps_;
  std::unique_ptr<temporal::Worker> worker_;  // last: its threads use the rest
};

}  // namespace sluice::sync
