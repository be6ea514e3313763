// Workflows and activities for the tests of this folder; no test is in here.
#include "temporal/testing/test_workflows.h"

#include "temporal/testing/feature_test_workflows.h"

namespace sluice::temporal::testing {

namespace {

ActivityOptions quick_options() {
  ActivityOptions options;
  options.start_to_close = 10s;
  options.retry.initial_interval = 50ms;
  options.retry.maximum_attempts = 3;
  options.retry.non_retryable_error_types = {"bad_data"};
  return options;
}

ActivityOutcome append(ActivityContext& ctx, std::string input) {
  (void)ctx;
  const std::string text = input.substr(1, input.size() - 2);
  return "\"" + text + "x\"";
}

ActivityOutcome flaky(ActivityContext& ctx, std::string) {
  ++counters().attempts;
  if (ctx.info().attempt < 3) return fail_activity("hiccup", "not yet");
  return "\"third\"";
}

ActivityOutcome bad_data(ActivityContext&, std::string) {
  ++counters().attempts;
  return fail_activity("bad_data", "row 7 is ragged");
}

ActivityOutcome hopeless(ActivityContext&, std::string) {
  ++counters().attempts;
  return fail_activity("hiccup", "never");
}

ActivityOutcome refusing(ActivityContext&, std::string) {
  ++counters().attempts;
  Failure failure{.type = "refused", .message = "no", .non_retryable = true};
  failure.details = R"({"row":7})";
  return tl::unexpected<Failure>(failure);
}

ActivityOutcome throwing(ActivityContext&, std::string) {
  ++counters().attempts;
  throw std::runtime_error("broken");
}

ActivityOutcome resuming(ActivityContext& ctx, std::string) {
  if (!ctx.heartbeat_details()) {
    ctx.heartbeat(R"({"row":5})");
    return fail_activity("hiccup", "after five rows");
  }
  return *ctx.heartbeat_details();
}

ActivityOutcome until_stopped(ActivityContext& ctx, std::string) {
  ++counters().attempts;
  for (int i = 0; i < 300 && !ctx.is_cancelled(); ++i) {
    ctx.heartbeat();
    std::this_thread::sleep_for(50ms);
  }
  if (ctx.is_cancelled()) return cancelled_failure();
  return "\"nobody stopped me\"";
}

/// Deaf to its stop token: it ends when the test wants it.
ActivityOutcome stubborn(ActivityContext&, std::string) {
  ++counters().attempts;
  while (counters().is_stubborn) std::this_thread::sleep_for(10ms);
  return "\"done\"";
}

}  // namespace

Counters& counters() {
  static Counters the_counters;
  return the_counters;
}

Task<std::string> ThreeSteps::run(WorkflowContext& ctx, std::string input_json) {
  const ActivityOptions options = quick_options();
  std::string text = std::move(input_json);
  for (int i = 0; i < 3; ++i) {
    ActivityOutcome outcome = co_await ctx.execute_activity("append", text, options);
    if (!outcome) throw WorkflowFailure(outcome.error());
    text = *outcome;
  }
  co_return text;
}

Task<std::string> OneActivity::run(WorkflowContext& ctx, std::string input_json) {
  ActivityOptions options = quick_options();
  const std::string type = input_json.substr(1, input_json.size() - 2);
  if (type == "stubborn") options.start_to_close = 1s;
  if (type == "hopeless" || type == "throwing") options.retry.maximum_attempts = 2;
  ActivityOutcome outcome = co_await ctx.execute_activity(type, "", options);
  if (!outcome) throw WorkflowFailure(outcome.error());
  co_return *outcome;
}

Task<std::string> Sleeper::run(WorkflowContext& ctx, std::string) {
  const Micros before_us = ctx.now_us();
  const std::string id = ctx.random_uuid();
  const bool elapsed = co_await ctx.sleep(300ms);
  if (!elapsed || id == ctx.random_uuid() || id.size() != 36) co_return "-1";
  co_return std::to_string(ctx.now_us() - before_us);
}

Task<std::string> Collector::run(WorkflowContext& ctx, std::string) {
  co_await ctx.wait_condition([this] { return stopped_; });
  co_return seen("");
}

Task<std::string> Patient::run(WorkflowContext& ctx, std::string) {
  const WaitResult never = co_await ctx.wait_condition([] { return false; }, 200ms);
  const WaitResult at_once = co_await ctx.wait_condition([] { return true; }, 1h);
  // The future is ready within the wait, whose timer of an hour must then be taken back.
  Future<ActivityOutcome> side = ctx.execute_activity("append", "\"y\"", quick_options());
  const WaitResult later = co_await ctx.wait_condition([&side] { return side.is_ready(); }, 1h);
  if (never != WaitResult::timed_out || at_once != WaitResult::met || later != WaitResult::met)
    co_return "0";
  co_return "1";
}

Task<std::string> Cancellable::run(WorkflowContext& ctx, std::string input_json) {
  bool heard = false;
  if (input_json == "\"sleep\"") {
    heard = !co_await ctx.sleep(1h);
  } else if (input_json == "\"condition\"") {
    heard = co_await ctx.wait_condition([] { return false; }, 1h) == WaitResult::cancelled;
  } else {
    ActivityOptions options = quick_options();
    options.start_to_close = 1min;
    options.heartbeat_timeout = 5s;
    const ActivityOutcome outcome = co_await ctx.execute_activity("until_stopped", "", options);
    heard = !outcome && outcome.error().kind == FailureKind::cancelled;
  }
  const ActivityOptions options = quick_options();
  const ActivityOutcome cleanup = co_await ctx.execute_activity("append", "\"z\"", options);
  if (!heard || !ctx.is_cancelled() || !cleanup)
    throw WorkflowFailure("deaf", "The cancellation was not heard.");
  throw WorkflowCancelled();
}

Task<std::string> Countdown::run(WorkflowContext& ctx, std::string input_json) {
  (void)ctx;
  const int left = std::stoi(input_json);
  if (left > 0) throw ContinueAsNew(std::to_string(left - 1));
  co_return "\"lift-off\"";
}

Task<std::string> Broken::run(WorkflowContext& ctx, std::string) {
  co_await ctx.sleep(1ms);
  if (is_broken) throw std::logic_error("a defect");
  co_return "\"repaired\"";
}

void register_all(Worker& worker) {
  worker.register_workflow(WorkflowDefinition::of<ThreeSteps>("ThreeSteps"));
  worker.register_workflow(WorkflowDefinition::of<OneActivity>("OneActivity"));
  worker.register_workflow(WorkflowDefinition::of<Sleeper>("Sleeper"));
  worker.register_workflow(WorkflowDefinition::of<Collector>("Collector")
                               .on_signal("add", &Collector::on_add)
                               .on_signal("stop", &Collector::on_stop)
                               .on_query("seen", &Collector::seen));
  worker.register_workflow(WorkflowDefinition::of<Patient>("Patient"));
  worker.register_workflow(WorkflowDefinition::of<Cancellable>("Cancellable"));
  worker.register_workflow(WorkflowDefinition::of<Countdown>("Countdown"));
  worker.register_workflow(WorkflowDefinition::of<Broken>("Broken"));
  register_features(worker);
  worker.register_activity("append", &append);
  worker.register_activity("flaky", &flaky);
  worker.register_activity("bad_data", &bad_data);
  worker.register_activity("hopeless", &hopeless);
  worker.register_activity("refusing", &refusing);
  worker.register_activity("throwing", &throwing);
  worker.register_activity("resuming", &resuming);
  worker.register_activity("until_stopped", &until_stopped);
  worker.register_activity("stubborn", &stubborn);
}

void TemporalTest::SetUpTestSuite() {
  if (server_) return;
  registry_ = std::make_shared<prometheus::Registry>();
  RuntimeOptions options;
  options.metrics = registry_;
  Result<std::unique_ptr<Runtime>> runtime = Runtime::create(options);
  ASSERT_TRUE(runtime) << to_line(runtime.error());
  runtime_ = std::move(*runtime);
  Result<std::unique_ptr<TestServer>> server = TestServer::start();
  ASSERT_TRUE(server) << to_line(server.error());
  server_ = std::move(*server);
}

void TemporalTest::TearDownTestSuite() {
  server_.reset();
  runtime_.reset();
}

void TemporalTest::SetUp() {
  ASSERT_TRUE(server_);
  counters().attempts = 0;
  queue_ = "queue-" + random_hex(4);
  Result<std::unique_ptr<Client>> client =
      Client::connect(*runtime_, {.target = server_->target()});
  ASSERT_TRUE(client) << to_line(client.error());
  client_ = std::move(*client);
}

std::unique_ptr<Worker> TemporalTest::make_worker(std::uint32_t max_cached_workflows) {
  WorkerOptions options;
  options.task_queue = queue_;
  options.max_cached_workflows = max_cached_workflows;
  options.graceful_shutdown = 200ms;
  options.sticky_timeout = 1s;
  options.heartbeat_interval_max = 200ms;
  Result<std::unique_ptr<Worker>> worker = Worker::create(*client_, options);
  EXPECT_TRUE(worker);
  register_all(**worker);
  const Result<void> started = (*worker)->start();
  EXPECT_TRUE(started) << to_line(started.error());
  return std::move(*worker);
}

StartOptions TemporalTest::start_options(const std::string& type, const std::string& input) {
  return {
      .workflow_id = new_uuid_v7(), .workflow_type = type, .task_queue = queue_, .input = input};
}

WorkflowOutcome TemporalTest::run(const std::string& type, const std::string& input) {
  const StartOptions options = start_options(type, input);
  const Result<std::string> run_id = client_->start(options);
  EXPECT_TRUE(run_id) << to_line(run_id.error());
  Result<WorkflowOutcome> outcome = client_->result(options.workflow_id, 20s);
  EXPECT_TRUE(outcome) << to_line(outcome.error());
  return outcome ? *outcome : WorkflowOutcome{};
}

}  // namespace sluice::temporal::testing
