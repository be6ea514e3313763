#pragma once

#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "base/clock.h"
#include "sync/want.h"
#include "wire/form.h"

namespace sluice::sync {

/// The want that a workflow is carrying, and how far it has come.
struct WantInHand {
  WorkflowWant want;
  std::int64_t attempts = 0;  ///< Used so far.
  Micros started_at_us = 0;
  /// Of the workflow's run that took it: what the sync run that people see is named after, also in
  /// the runs after it.
  std::string run_id;
};

constexpr auto wire_fields(const WantInHand*) {
  using T = WantInHand;
  return std::tuple(wire::field("want", &T::want, "What is wanted."),
                    wire::field("attempts", &T::attempts, "Used so far."),
                    wire::field("started_at_us", &T::started_at_us, "When the want was taken."),
                    wire::field("run_id", &T::run_id, "Temporal's, of the run that took it."));
}

/// What a run of the workflow hands to the run that goes on in its place, so that histories stay
/// short. It travels as that run's input, sealed as all inputs are: whoever reaches the Temporal
/// server can start a workflow, so what was not sealed is no continuation.
struct Continuation {
  std::optional<WantInHand> in_hand;
  std::optional<WorkflowWant> next;    ///< The newest that has come since.
  std::vector<WorkflowWant> unproven;  ///< See DatasetSyncWorkflow.
  std::int64_t newest_order = 0;       ///< Of all wants taken so far.
  std::int64_t order_before = 0;       ///< What it was before the want in hand.
  bool has_ignored = false;            ///< It was logged that a signal was not obeyed.
};

constexpr auto wire_fields(const Continuation*) {
  using T = Continuation;
  return std::tuple(
      wire::field("newest_order", &T::newest_order, "Of all wants taken so far."),
      wire::field("order_before", &T::order_before, "What it was before the want in hand."),
      wire::field("has_ignored", &T::has_ignored, "A signal was not obeyed."),
      wire::field("unproven", &T::unproven, "Wants that came unsealed."),
      wire::optional_field("next", &T::next, "The newest that has come since."),
      wire::optional_field("in_hand", &T::in_hand, "The want that is being carried."));
}

std::string to_json(const Continuation& continuation);
/// `invalid_argument` (`bad_continuation`) for what to_json has not made.
Result<Continuation> continuation_from_json(const std::string& text);

}  // namespace sluice::sync
