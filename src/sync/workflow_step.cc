#include "sync/workflow_step.h"

#include <chrono>

#include <boost/json/parse.hpp>

#include "sync/activities.h"
#include "temporal/payload/payload_sealer.h"

namespace sluice::sync {

namespace json = boost::json;
using std::chrono::seconds;
using temporal::Failure;

temporal::ActivityOptions note_options() {
  temporal::ActivityOptions options;
  // A dead worker is noticed by its missing heartbeat, so the whole may take as long as a large
  // file needs.
  options.start_to_close = std::chrono::hours(6);
  options.heartbeat_timeout = seconds(15);
  options.retry.initial_interval = seconds(1);
  options.retry.backoff_coefficient = 2.0;
  // "Growing pauses up to a minute", yet all in flight settles within 60 s of a restart.
  options.retry.maximum_interval = seconds(20);
  options.retry.maximum_attempts = 0;
  options.retry.non_retryable_error_types = {failure_lakehouse, failure_bad_data,
                                             failure_needs_person};
  return options;
}

temporal::ActivityOptions step_options() {
  temporal::ActivityOptions options = note_options();
  options.retry.non_retryable_error_types.push_back(failure_exception);
  return options;
}

json::object step_input(const WantInHand& hand) {
  return {{"want", to_json(hand.want)}, {"attempts", hand.attempts}, {"run_id", hand.run_id}};
}

json::object note_input(const WantInHand& hand, const char* outcome, const Failure& failure) {
  json::object input = step_input(hand);
  input["outcome"] = outcome;
  input["error"] = failure.message;
  input["error_class"] = class_of(failure);
  return input;
}

std::string class_of(const Failure& failure) {
  if (failure.type == failure_exception) return "bug";
  boost::system::error_code bad;
  const json::value details =
      json::parse(temporal::unsealed_text(failure.details).value_or(failure.details), bad);
  const json::object* told = bad ? nullptr : details.if_object();
  const json::value* name = told == nullptr ? nullptr : told->if_contains("class");
  if (name != nullptr && name->is_string()) return std::string(name->get_string());
  return failure.type == failure_bad_data || failure.type == failure_needs_person ? "needs_you"
                                                                                  : "transient";
}

Failure cancelled_by_request() {
  Failure failure;
  failure.type = "Cancelled";
  failure.details = R"({"class": "needs_you"})";
  failure.message = "The sync was cancelled. POST /api/v1/datasets/{id}/sync begins it again.";
  return failure;
}

tl::expected<json::object, Failure> answer_of(const temporal::ActivityOutcome& outcome,
                                              bool only_sealed) {
  if (!outcome) return tl::unexpected<Failure>(outcome.error());
  const std::optional<std::string> unsealed = temporal::unsealed_text(*outcome);
  boost::system::error_code bad;
  const json::value value = json::parse(unsealed.value_or(*outcome), bad);
  const json::object* answer = bad ? nullptr : value.if_object();
  const json::value* state = answer == nullptr ? nullptr : answer->if_contains("state");
  if (state != nullptr && state->is_string() && !(unsealed && only_sealed)) return *answer;
  return temporal::fail_activity(failure_exception,
                                 "A step's answer is not from a worker of ours.");
}

std::string_view state_in(const json::object& answer) { return answer.at("state").as_string(); }

}  // namespace sluice::sync
