#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <tl/expected.hpp>

#include "temporal/activity.h"
#include "temporal/failure.h"
#include "temporal/workflow.h"
#include "wire/json.h"

// Inputs and results of a C++ type instead of JSON text. What a type looks like in JSON, its form
// says (wire/form.h): what is there to be read must fit, and members that are not known are read
// over.
//
// An ActivityType is declared once and used on both sides, so that a caller and an activity that
// do not fit do not compile:
//
//     struct Order { std::string item; std::int64_t count = 0; };
//     constexpr auto wire_fields(const Order*) {
//       return std::tuple(wire::field("item", &Order::item, "What is bought."),
//                         wire::field("count", &Order::count, "How many."));
//     }
//     inline constexpr ActivityType<Order, std::string> charge{"charge"};
//
//     worker.register_activity(charge.name, typed_activity(charge,
//         [](ActivityContext&, Order order) -> Typed<std::string> { … }));
//     Typed<std::string> receipt = co_await execute(ctx, charge, order, options);
//
// Where payloads are sealed, `Received<Order>` (payload/received.h) tells who made it.

namespace sluice::temporal {

/// What a typed activity or child came to.
template <typename T>
using Typed = tl::expected<T, Failure>;

/// No input, or no result: `null`.
struct Nothing {};

template <typename T>
std::string to_json_text(const T& value) {
  return wire::to_text(value);
}

/// Failure type of what is not the JSON of the type that was asked for.
inline constexpr const char* failure_malformed = "malformed";

/// A failure that no further attempt would mend. No text at all reads as `null`.
template <typename T>
Typed<T> from_json_text(std::string_view text, const char* failure_type = failure_malformed) {
  Result<T> read = wire::from_stored_text<T>(text.empty() ? "null" : text);
  if (read) return std::move(*read);
  return fail_activity(failure_type, "The JSON is not of the expected type: " + read.error().detail,
                       true);
}

template <typename Input, typename Output>
struct ActivityType {
  const char* name;
  /// Failure type of input that does not fit.
  const char* malformed = failure_malformed;
};

template <typename Input, typename Output>
struct WorkflowType {
  const char* name;
};

/// A Future whose JSON becomes a T when it is awaited; a result of another type is a `malformed`
/// failure.
template <typename T>
class [[nodiscard]] TypedFuture {
 public:
  explicit TypedFuture(Future<tl::expected<std::string, Failure>> json) : json_(std::move(json)) {}
  bool is_ready() const noexcept { return json_.is_ready(); }
  bool await_ready() const noexcept { return json_.await_ready(); }
  void await_suspend(std::coroutine_handle<> awaiting) noexcept { json_.await_suspend(awaiting); }
  Typed<T> await_resume() {
    tl::expected<std::string, Failure> outcome = json_.await_resume();
    if (!outcome) return tl::unexpected<Failure>(std::move(outcome).error());
    return from_json_text<T>(*outcome);
  }

 private:
  Future<tl::expected<std::string, Failure>> json_;
};

template <typename Input, typename Output>
TypedFuture<Output> execute(WorkflowContext& ctx, ActivityType<Input, Output> activity,
                            const std::type_identity_t<Input>& input,
                            const ActivityOptions& options) {
  return TypedFuture<Output>(ctx.execute_activity(activity.name, to_json_text(input), options));
}

template <typename Input, typename Output>
TypedFuture<Output> execute(WorkflowContext& ctx, ActivityType<Input, Output> activity,
                            const std::type_identity_t<Input>& input,
                            const LocalActivityOptions& options) {
  return TypedFuture<Output>(
      ctx.execute_local_activity(activity.name, to_json_text(input), options));
}

template <typename Input, typename Output>
TypedFuture<Output> execute(WorkflowContext& ctx, WorkflowType<Input, Output> child,
                            const std::type_identity_t<Input>& input,
                            const ChildWorkflowOptions& options) {
  return TypedFuture<Output>(
      ctx.start_child_workflow(child.name, to_json_text(input), options).result);
}

/// Runs as an ActivityFunction does; input that does not fit fails it, as its type says.
template <typename Input, typename Output, typename Function>
ActivityFunction typed_activity(ActivityType<Input, Output> type, Function function) {
  return [malformed = type.malformed, function = std::move(function)](
             ActivityContext& ctx, std::string input_json) -> ActivityOutcome {
    Typed<Input> input = from_json_text<Input>(input_json, malformed);
    if (!input) return tl::unexpected<Failure>(std::move(input).error());
    Typed<Output> output = function(ctx, std::move(*input));
    if (!output) return tl::unexpected<Failure>(std::move(output).error());
    return to_json_text(*output);
  };
}

/// A workflow of typed input and result. Input that does not fit ends it as failed (`malformed`):
/// what was sent is in the history for good, so that trying again would not mend it.
template <typename Input, typename Output>
class TypedWorkflow : public Workflow {
 public:
  virtual Task<Output> run_typed(WorkflowContext& ctx, Input input) = 0;

  Task<std::string> run(WorkflowContext& ctx, std::string input_json) final {
    Typed<Input> input = from_json_text<Input>(input_json);
    if (!input) throw WorkflowFailure(std::move(input).error());
    Input given = std::move(*input);
    Output output = co_await run_typed(ctx, std::move(given));
    co_return to_json_text(output);
  }
};

}  // namespace sluice::temporal

template <>
struct sluice::wire::Form<sluice::temporal::Nothing> {
  static boost::json::value write(temporal::Nothing) { return nullptr; }
  static std::optional<Mismatch> read(const boost::json::value&, temporal::Nothing&) { return {}; }
  static boost::json::object schema() { return {}; }
};
