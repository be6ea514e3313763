// Hours of timers and retries in a moment, on the server that skips time.
#include "temporal/testing/feature_test_workflows.h"

namespace sluice::temporal::testing {
namespace {

/// An activity that is tried again after half an hour, then a night's sleep, then a wait that times
/// out; answers how long all that was, in hours.
class LongDay final : public Workflow {
 public:
  Task<std::string> run(WorkflowContext& ctx, std::string) override {
    const Micros began_us = ctx.now_us();
    ActivityOptions options;
    options.start_to_close = 10s;
    options.retry.initial_interval = 30min;
    co_await ctx.execute_activity("second_time", "", options);
    co_await ctx.sleep(8h);
    co_await ctx.wait_condition([] { return false; }, 24h);
    co_return std::to_string((ctx.now_us() - began_us) / 3'600'000'000);
  }
};

ActivityOutcome second_time(ActivityContext& ctx, std::string) {
  if (ctx.info().attempt == 1) return fail_activity("hiccup", "not yet");
  return "null";
}

TEST(TimeSkippingTest, HoursPassInAMoment) {
  Result<std::unique_ptr<TestServer>> server = TestServer::start_time_skipping();
  if (!server && server.error().kind == Errc::not_found) GTEST_SKIP() << to_line(server.error());
  ASSERT_TRUE(server) << to_line(server.error());
  const std::unique_ptr<Runtime> runtime = Runtime::create().value();
  const std::unique_ptr<Client> client =
      Client::connect(*runtime, {.target = (*server)->target()}).value();
  const std::unique_ptr<Worker> worker = Worker::create(*client, {.task_queue = "q"}).value();
  worker->register_workflow(WorkflowDefinition::of<LongDay>("LongDay"));
  worker->register_activity("second_time", &second_time);
  const Result<void> started = worker->start();
  ASSERT_TRUE(started) << to_line(started.error());
  ASSERT_TRUE(client->start({.workflow_id = "day", .workflow_type = "LongDay", .task_queue = "q"}));
  const Result<WorkflowOutcome> outcome = client->result("day", 30s);
  ASSERT_TRUE(outcome) << to_line(outcome.error());
  EXPECT_EQ(outcome->result, "32");
}

}  // namespace
}  // namespace sluice::temporal::testing
