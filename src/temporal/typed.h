#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>
#include <boost/json/value_to.hpp>
#include <tl/expected.hpp>

#include "temporal/activity.h"
#include "temporal/failure.h"
#include "temporal/workflow.h"

// Inputs and results of a C++ type instead of JSON text. What a type looks like in JSON, Boost.JSON
// decides: numbers, strings, containers, optionals, what BOOST_DESCRIBE_STRUCT describes, and
// whatever has a tag_invoke of its own (its documentation, "Value Conversion").
//
// An ActivityType is declared once and used on both sides, so that a caller and an activity that
// do not fit do not compile:
//
//     struct Order { std::string item; std::int64_t count; };
//     BOOST_DESCRIBE_STRUCT(Order, (), (item, count))
//     inline constexpr ActivityType<Order, std::string> charge{"charge"};
//
//     register_activity(worker, charge, [](ActivityContext&, Order order) -> Typed<std::string> …);
//     Typed<std::string> receipt = co_await execute(ctx, charge, order, options);

namespace sluice::temporal {

/// What a typed activity or child came to.
template <typename T>
using Typed = tl::expected<T, Failure>;

/// No input, or no result: `null`.
struct Nothing {};
inline void tag_invoke(boost::json::value_from_tag, boost::json::value& to, Nothing) { to = {}; }
inline Nothing tag_invoke(boost::json::value_to_tag<Nothing>, const boost::json::value&) {
  return {};
}

template <typename T>
std::string to_json_text(const T& value) {
  return boost::json::serialize(boost::json::value_from(value));
}

/// Failure type of what is not the JSON of the type that was asked for.
inline constexpr const char* failure_malformed = "malformed";

/// A failure that no further attempt would mend. No text at all reads as `null`.
template <typename T>
Typed<T> from_json_text(std::string_view text) {
  std::string why;
  try {
    boost::json::result<T> made =
        boost::json::try_value_to<T>(boost::json::parse(text.empty() ? "null" : text));
    if (made) return std::move(*made);
    why = made.error().message();
  } catch (const std::exception& problem) {
    why = problem.what();
  }
  Failure failure;
  failure.type = failure_malformed;
  failure.message = "The JSON is not of the expected type: " + why + ".";
  failure.non_retryable = true;
  return tl::unexpected<Failure>(std::move(failure));
}

template <typename Input, typename Output>
struct ActivityType {
  const char* name;
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
                            const Input& input, ActivityOptions options) {
  return TypedFuture<Output>(
      ctx.execute_activity(activity.name, to_json_text(input), std::move(options)));
}

template <typename Input, typename Output>
TypedFuture<Output> execute(WorkflowContext& ctx, ActivityType<Input, Output> activity,
                            const Input& input, LocalActivityOptions options) {
  return TypedFuture<Output>(
      ctx.execute_local_activity(activity.name, to_json_text(input), std::move(options)));
}

template <typename Input, typename Output>
TypedFuture<Output> execute(WorkflowContext& ctx, WorkflowType<Input, Output> child,
                            const Input& input, ChildWorkflowOptions options) {
  return TypedFuture<Output>(
      ctx.start_child_workflow(child.name, to_json_text(input), std::move(options)).result);
}

/// Runs as an ActivityFunction does; input that does not fit fails it as `malformed`.
template <typename Input, typename Output, typename Function>
ActivityFunction typed_activity(ActivityType<Input, Output>, Function function) {
  return [function = std::move(function)](ActivityContext& ctx,
                                          std::string input_json) -> ActivityOutcome {
    Typed<Input> input = from_json_text<Input>(input_json);
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
