#include "sync/workflow_step.h"

#include <chrono>

namespace sluice::sync {

using std::chrono::seconds;
using temporal::Failure;
using temporal::Received;

namespace {

// A note takes a moment, and with it a sync ends.
constexpr std::int32_t priority_note = 1;
constexpr std::int32_t priority_later_step = 2;
constexpr std::int32_t priority_first_step = 3;

}  // namespace

temporal::ActivityOptions note_options() {
  temporal::ActivityOptions options;
  options.priority = priority_note;
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
  options.priority = priority_first_step;
  options.retry.non_retryable_error_types.push_back(failure_exception);
  return options;
}

temporal::ActivityOptions later_step_options() {
  temporal::ActivityOptions options = step_options();
  options.priority = priority_later_step;
  return options;
}

StepInput step_input(const WantInHand& hand) { return {hand.want, hand.attempts, hand.run_id}; }

NoteInput note_input(const WantInHand& hand, NoteOutcome outcome) {
  return {.step = step_input(hand), .outcome = outcome};
}

NoteInput note_input(const WantInHand& hand, NoteOutcome outcome, const Failure& failure) {
  NoteInput note = note_input(hand, outcome);
  note.error = failure.message;
  note.error_class = class_of(failure);
  return note;
}

std::string class_of(const Failure& failure) {
  if (failure.type == failure_exception) return "bug";
  const auto details = temporal::from_json_text<Received<FailureDetails>>(failure.details);
  if (details) return details->value.error_class;
  return failure.type == failure_bad_data || failure.type == failure_needs_person ? "needs_you"
                                                                                  : "transient";
}

Failure cancelled_by_request() {
  Failure failure;
  failure.type = "Cancelled";
  failure.details = temporal::to_json_text(FailureDetails{"needs_you"});
  failure.message = "The sync was cancelled. POST /api/v1/datasets/{id}/sync begins it again.";
  return failure;
}

Failure not_from_us() {
  return temporal::fail_activity(failure_exception, "A step's answer is not from a worker of ours.")
      .value();
}

}  // namespace sluice::sync
