// Inputs and results of C++ types, and JSON that is not of them.
#include "temporal/payload/received.h"
#include "temporal/testing/feature_test_workflows.h"
#include "temporal/typed.h"

namespace sluice::temporal::testing {

struct Order {
  std::string item;
  std::int64_t count = 0;
  std::optional<std::string> note;
};
constexpr auto wire_fields(const Order*) {
  return std::tuple(wire::field("item", &Order::item, "What is bought."),
                    wire::field("count", &Order::count, "How many."),
                    wire::optional_field("note", &Order::note, "If any."));
}

struct Receipt {
  std::string text;
  std::vector<std::int64_t> prices;
};
constexpr auto wire_fields(const Receipt*) {
  return std::tuple(wire::field("text", &Receipt::text, "To be read."),
                    wire::field("prices", &Receipt::prices, "Of each."));
}

namespace {

constexpr ActivityType<Order, Receipt> charge{"charge"};
constexpr ActivityType<Nothing, std::int64_t> count_all{"count_all"};
constexpr ActivityType<Nothing, std::string> count_all_misread{"count_all"};
constexpr ActivityType<Order, Receipt> charge_strictly{"charge_strictly", "bad_order"};
constexpr WorkflowType<Order, std::string> buy{"Buy"};

Typed<Receipt> charged(ActivityContext&, Order order) {
  if (order.count < 0) return fail_activity("bad_count", "less than none", true);
  const std::string text = std::to_string(order.count) + " " + order.item;
  return Receipt{text + order.note.value_or(""), {150, 225}};
}

class Buy final : public TypedWorkflow<Order, std::string> {
 public:
  Task<std::string> run_typed(WorkflowContext& ctx, Order order) override {
    ActivityOptions options;
    options.start_to_close = 10s;
    LocalActivityOptions local;
    local.start_to_close = 10s;
    // Both are under way before the first is awaited.
    TypedFuture<Receipt> remote = execute(ctx, charge, order, options);
    TypedFuture<std::int64_t> counted = execute(ctx, count_all, Nothing{}, local);
    const Typed<Receipt> receipt = co_await remote;
    if (!receipt) throw WorkflowFailure(receipt.error());
    const Typed<std::int64_t> count = co_await counted;
    const Typed<std::string> misread = co_await execute(ctx, count_all_misread, Nothing{}, options);
    co_return receipt->text + " " + std::to_string(receipt->prices.at(1)) + " " +
        std::to_string(*count) + " " + misread.error().type;
  }
};

class BuyTwice final : public TypedWorkflow<Order, std::string> {
 public:
  Task<std::string> run_typed(WorkflowContext& ctx, Order order) override {
    ChildWorkflowOptions options;
    TypedFuture<std::string> bought = execute(ctx, buy, order, options);
    const Typed<std::string> first = co_await bought;
    co_return first ? "child: " + *first : first.error().type;
  }
};

class TypedTest : public TemporalTest {
 protected:
  std::unique_ptr<Worker> make_typed_worker() {
    std::unique_ptr<Worker> worker =
        Worker::create(*client_, {.task_queue = queue_, .graceful_shutdown = 200ms}).value();
    worker->register_workflow(WorkflowDefinition::of<Buy>(buy.name));
    worker->register_workflow(WorkflowDefinition::of<BuyTwice>("BuyTwice"));
    worker->register_activity(charge.name, typed_activity(charge, &charged));
    worker->register_activity(
        count_all.name,
        typed_activity(count_all,
                       [](ActivityContext&, Nothing) -> Typed<std::int64_t> { return 7; }));
    EXPECT_TRUE(worker->start());
    return worker;
  }
};

TEST_F(TypedTest, StructsGoThroughActivitiesWorkflowsAndChildren) {
  const std::unique_ptr<Worker> worker = make_typed_worker();
  const std::string order = to_json_text(Order{"pears", 3, "!"});
  EXPECT_EQ(run("Buy", order).result, "\"3 pears! 225 7 malformed\"");
  EXPECT_EQ(run("BuyTwice", order).result, "\"child: 3 pears! 225 7 malformed\"");
  EXPECT_EQ(run("Buy", to_json_text(Order{"figs", -1, {}})).failure->type, "bad_count");
}

TEST_F(TypedTest, WhatIsNotOfTheTypeFailsAtOnceAndSaysWhy) {
  const std::unique_ptr<Worker> worker = make_typed_worker();
  for (const char* input : {R"({"item":"figs","count":"many"})", R"({"item":"figs"})", "7", ""}) {
    const WorkflowOutcome outcome = run("Buy", input);
    ASSERT_EQ(outcome.status, WorkflowStatus::failed) << input;
    EXPECT_EQ(outcome.failure->type, failure_malformed);
    EXPECT_TRUE(outcome.failure->non_retryable);
  }
  EXPECT_EQ(from_json_text<Order>("{").error().type, failure_malformed);
  EXPECT_NE(from_json_text<Order>("{}").error().message.find("item is missing."),
            std::string::npos);
}

/// What a function of an ActivityType does with a text, without a server.
ActivityOutcome given(const char* text) {
  class Context final : public ActivityContext {
    const ActivityInfo& info() const override { return info_; }
    void heartbeat(const std::string&) override {}
    const std::optional<std::string>& heartbeat_details() const override { return details_; }
    std::stop_token stop_token() const override { return {}; }
    ActivityInfo info_;
    std::optional<std::string> details_;
  };
  Context context;
  return typed_activity(charge_strictly, &charged)(context, text);
}

TEST(TypedActivity, ItsTypeNamesTheFailureOfInputThatDoesNotFit) {
  EXPECT_EQ(given(R"({"item":"figs","count":2,"gift":true})").value(),
            R"({"text":"2 figs","prices":[150,225]})");
  const ActivityOutcome refused = given(R"({"item":"figs"})");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().type, "bad_order");
  EXPECT_TRUE(refused.error().non_retryable);
}

TEST(Received, TellsWhetherAValueWasSealed) {
  const std::string order = to_json_text(Received<Order>(Order{"figs", 2, {}}));
  EXPECT_EQ(order, R"({"item":"figs","count":2})");
  const auto sealed = from_json_text<Received<Order>>(order).value();
  EXPECT_TRUE(sealed.is_sealed);
  EXPECT_EQ(sealed.value.item, "figs");
  const std::string marked =
      boost::json::serialize(boost::json::object{{"sluice.unsealed", order}});
  const auto unsealed = from_json_text<Received<Order>>(marked).value();
  EXPECT_FALSE(unsealed.is_sealed);
  EXPECT_EQ(unsealed.value.count, 2);
  for (const char* held : {"", "{", "7", "{}"}) {
    const boost::json::object other{{"sluice.unsealed", held}};
    EXPECT_FALSE(from_json_text<Received<Order>>(boost::json::serialize(other))) << held;
  }
}

}  // namespace
}  // namespace sluice::temporal::testing
