// Workflows for temporal_features_test.cc; no test is in here.
#include "temporal/testing/feature_test_workflows.h"

namespace sluice::temporal::testing {

namespace {

ActivityOptions quick() {
  ActivityOptions options;
  options.start_to_close = 10s;
  options.retry.initial_interval = 50ms;
  return options;
}

std::string unquoted(const std::string& json) { return json.substr(1, json.size() - 2); }
std::string in_quotes(const std::string& text) { return "\"" + text + "\""; }

}  // namespace

Task<std::string> LocalSteps::run(WorkflowContext& ctx, std::string input_json) {
  LocalActivityOptions options;
  options.start_to_close = 5s;
  options.retry.initial_interval = 10ms;
  options.retry.maximum_attempts = 3;
  options.retry.non_retryable_error_types = {"bad_data"};
  if (input_json == "\"plain\"") {
    std::string text = "\"a\"";
    for (int i = 0; i < 3; ++i) {
      const ActivityOutcome step = co_await ctx.execute_local_activity("append", text, options);
      if (!step) throw WorkflowFailure(step.error());
      text = *step;
    }
    co_return text;
  }
  if (input_json == "\"backoff\"") {
    options.retry.initial_interval = 200ms;
    options.local_retry_threshold = 50ms;
  }
  const std::string type = input_json == "\"backoff\"" ? "flaky" : unquoted(input_json);
  const ActivityOutcome outcome = co_await ctx.execute_local_activity(type, "", options);
  if (!outcome) throw WorkflowFailure(outcome.error());
  co_return *outcome;
}

Task<std::string> Parent::run(WorkflowContext& ctx, std::string input_json) {
  if (input_json == "\"result\"") co_return co_await result(ctx);
  if (input_json == "\"failure\"") co_return co_await failure(ctx);
  if (input_json == "\"exists\"") co_return co_await exists(ctx);
  if (input_json == "\"cancelled\"") co_return co_await cancelled(ctx);
  co_return co_await signalled(ctx);
}

Task<std::string> Parent::result(WorkflowContext& ctx) {
  ChildWorkflowOptions options;
  options.memo = {{"why", "\"a test\""}};
  ChildWorkflow one = ctx.start_child_workflow("ThreeSteps", "\"c\"", options);
  ChildWorkflow two = ctx.start_child_workflow("ThreeSteps", "\"d\"", {});
  const ChildOutcome run_id = co_await one.started;
  const ChildOutcome first = co_await one.result;
  const ChildOutcome second = co_await two.result;
  if (!run_id || !first || !second) throw WorkflowFailure("child", "A child failed.");
  co_return in_quotes(unquoted(*first) + unquoted(*second));
}

Task<std::string> Parent::failure(WorkflowContext& ctx) {
  ChildWorkflow child = ctx.start_child_workflow("OneActivity", "\"bad_data\"", {});
  const ChildOutcome outcome = co_await child.result;
  if (outcome) co_return "\"no failure\"";
  throw WorkflowFailure(outcome.error());
}

Task<std::string> Parent::exists(WorkflowContext& ctx) {
  ChildWorkflowOptions options;
  options.workflow_id = ctx.info().workflow_id;  // our own id is surely taken
  ChildWorkflow child = ctx.start_child_workflow("ThreeSteps", "\"e\"", options);
  const ChildOutcome started = co_await child.started;
  const ChildOutcome ended = co_await child.result;
  if (started || ended) co_return "\"it began\"";
  co_return in_quotes(ended.error().type);
}

Task<std::string> Parent::cancelled(WorkflowContext& ctx) {
  CancellationScope scope = ctx.new_scope();
  ChildWorkflow child = scope.context().start_child_workflow("Cancellable", "\"sleep\"", {});
  const ChildOutcome started = co_await child.started;
  if (!started) throw WorkflowFailure(started.error());
  scope.cancel();
  const ChildOutcome ended = co_await child.result;
  if (ended || ended.error().kind != FailureKind::cancelled) co_return "\"not cancelled\"";
  co_return ctx.is_cancelled() ? "\"all of it\"" : "\"only the child\"";
}

Task<std::string> Parent::signalled(WorkflowContext& ctx) {
  ChildWorkflow child = ctx.start_child_workflow("Collector", "", {});
  const ChildOutcome run_id = co_await child.started;
  if (!run_id) throw WorkflowFailure(run_id.error());
  co_await ctx.signal_external_workflow(child.workflow_id, *run_id, "add", "7");
  co_await ctx.signal_external_workflow(child.workflow_id, "", "stop", "");
  const ChildOutcome seen = co_await child.result;
  const auto nobody = co_await ctx.signal_external_workflow("nobody", "", "add", "1");
  ChildWorkflow other = ctx.start_child_workflow("Cancellable", "\"sleep\"", {});
  const ChildOutcome begun = co_await other.started;
  const auto asked = co_await ctx.cancel_external_workflow(other.workflow_id, "", "a test");
  const ChildOutcome ended = co_await other.result;
  if (nobody || !begun || !asked || ended) throw WorkflowFailure("signals", "Something is off.");
  co_return *seen;
}

Task<std::string> Scopes::run(WorkflowContext& ctx, std::string input_json) {
  ActivityOptions options = quick();
  options.heartbeat_timeout = 5s;
  options.cancellation = input_json == "\"try\""       ? CancellationType::try_cancel
                         : input_json == "\"abandon\"" ? CancellationType::abandon
                                                       : CancellationType::wait_completed;
  CancellationScope outer = ctx.new_scope();
  CancellationScope inner = outer.context().new_scope();
  CancellationScope apart = ctx.new_detached_scope();
  Future<ActivityOutcome> activity = inner.context().execute_activity("until_stopped", "", options);
  Future<bool> nap = outer.context().sleep(1h);
  Future<bool> kept = apart.context().sleep(400ms);
  Future<WaitResult> waiting = inner.context().wait_condition([] { return false; });
  co_await ctx.sleep(200ms);
  inner.cancel();
  outer.cancel();  // what is cancelled already is not asked again
  outer.cancel();
  const bool napped = co_await nap;
  const WaitResult waited = co_await waiting;
  const ActivityOutcome outcome = co_await activity;
  const bool rested = co_await kept;
  const bool right = !napped && waited == WaitResult::cancelled && !outcome &&
                     outcome.error().kind == FailureKind::cancelled && rested &&
                     inner.is_cancelled() && !apart.is_cancelled() && !ctx.is_cancelled();
  co_return right ? "\"right\"" : "\"wrong\"";
}

Task<int> Spawner::twice(WorkflowContext& ctx, int number) {
  co_await ctx.sleep(std::chrono::milliseconds(300 - 100 * number));
  co_return 2 * number;
}

Task<void> Spawner::fails(WorkflowContext& ctx) {
  co_await ctx.sleep(10ms);
  throw std::runtime_error("as meant");
}

Task<std::string> Spawner::run(WorkflowContext& ctx, std::string) {
  Future<int> one = ctx.spawn(twice(ctx, 1));
  Future<int> two = ctx.spawn(twice(ctx, 2));
  Future<void> three = ctx.spawn(fails(ctx));
  std::string caught;
  try {
    co_await three;
  } catch (const std::runtime_error& error) {
    caught = error.what();
  }
  const int first = co_await one;
  const int second = co_await two;
  if (caught != "as meant") co_return "\"wrong\"";
  co_return std::to_string(first * 10 + second);
}

WorkflowDefinition Counter::definition() {
  return WorkflowDefinition::of<Counter>("Counter")
      .on_update("add", &Counter::add, &Counter::check)
      .on_signal("add_later", &Counter::add_later)
      .on_signal("stop", &Counter::stop)
      .on_query("value", &Counter::value)
      .on_query("meddle", &Counter::meddle);
}

Task<std::string> Counter::run(WorkflowContext& ctx, std::string) {
  context_ = &ctx;
  co_await ctx.wait_condition([this] { return stopped_; });
  co_await ctx.wait_condition([&ctx] { return ctx.all_handlers_finished(); });
  co_return value("");
}

Task<std::string> Counter::add(WorkflowContext& ctx, std::string json) {
  const ActivityOptions options = quick();
  const ActivityOutcome outcome = co_await ctx.execute_activity("append", "\"u\"", options);
  if (!outcome) throw WorkflowFailure(outcome.error());
  if (json == "13") throw WorkflowFailure("unlucky", "Not this number.");
  value_ += std::stoi(json);
  co_return value("");
}

void Counter::check(const std::string& json) const {
  if (json == "1000") (void)context_->sleep(1s);  // a validator must not
  if (json.starts_with('-')) throw std::runtime_error("Only upwards.");
}

Task<void> Counter::add_later(WorkflowContext& ctx, std::string json) {
  co_await ctx.sleep(300ms);
  value_ += std::stoi(json);
}

void Counter::stop(WorkflowContext&, const std::string&) { stopped_ = true; }
std::string Counter::value(const std::string&) const { return std::to_string(value_); }
std::string Counter::meddle(const std::string&) const {
  (void)context_->sleep(1s);
  return "\"done\"";
}

void Changing::on_go(WorkflowContext&, const std::string&) { go_ = true; }

Task<std::string> Changing::run(WorkflowContext& ctx, std::string) {
  std::string way = "old";
  if (generation == 2) {
    ctx.deprecate_patch("nap-first");
    way = "new";
  } else if (generation == 1 && ctx.patched("nap-first")) {
    way = "new";
  }
  if (way == "new") co_await ctx.sleep(1ms);
  const ActivityOptions options = quick();
  const std::string input = in_quotes(way);
  const ActivityOutcome outcome = co_await ctx.execute_activity("append", input, options);
  co_await ctx.wait_condition([this] { return go_; });
  co_return *outcome;
}

Task<std::string> Attributes::run(WorkflowContext& ctx, std::string input_json) {
  ctx.upsert_memo({{"step", "\"two\""}});
  ctx.upsert_search_attributes({{"SluiceTestKey", "\"after\""}});
  if (input_json != "\"again\"") {
    ContinueOptions options;
    options.memo = {{"step", "\"continued\""}};
    throw ContinueAsNew("\"again\"", options);
  }
  const WorkflowInfo& info = ctx.info();
  const bool right = !info.continued_from_run_id.empty() &&
                     info.first_run_id == info.continued_from_run_id &&
                     info.namespace_name == "default" && info.started_at_us > 0;
  co_return right ? "\"right\"" : "\"wrong\"";
}

Task<std::string> Stumbling::run(WorkflowContext& ctx, std::string) {
  if (ctx.info().attempt < 3) throw WorkflowFailure("stumble", "Not yet.");
  co_return std::to_string(ctx.info().attempt);
}

Task<std::string> Unheard::run(WorkflowContext& ctx, std::string) {
  ActivityOptions options = quick();
  options.task_queue = "nobody";
  options.schedule_to_start = 300ms;
  const ActivityOutcome outcome = co_await ctx.execute_activity("append", "", options);
  if (!outcome) throw WorkflowFailure(outcome.error());
  co_return *outcome;
}

Task<std::string> Forbidden::run(WorkflowContext& ctx, std::string input_json) {
  if (input_json == "\"call\"") {
    const Result<void> healthy = client->check_health();
    co_return in_quotes(healthy ? "allowed" : healthy.error().code.text());
  }
  std::string said;
  std::thread elsewhere([&] {
    try {
      ctx.upsert_memo({{"x", "1"}});
    } catch (const std::logic_error& error) {
      said = error.what();
    }
  });
  elsewhere.join();
  co_return in_quotes(said);
}

void register_features(Worker& worker) {
  worker.register_workflow(WorkflowDefinition::of<LocalSteps>("LocalSteps"));
  worker.register_workflow(WorkflowDefinition::of<Parent>("Parent"));
  worker.register_workflow(WorkflowDefinition::of<Scopes>("Scopes"));
  worker.register_workflow(WorkflowDefinition::of<Spawner>("Spawner"));
  worker.register_workflow(Counter::definition());
  worker.register_workflow(
      WorkflowDefinition::of<Changing>("Changing").on_signal("go", &Changing::on_go));
  worker.register_workflow(WorkflowDefinition::of<Attributes>("Attributes"));
  worker.register_workflow(WorkflowDefinition::of<Stumbling>("Stumbling"));
  worker.register_workflow(WorkflowDefinition::of<Unheard>("Unheard"));
  worker.register_workflow(WorkflowDefinition::of<Forbidden>("Forbidden"));
}

}  // namespace sluice::temporal::testing
