#pragma once

// Inside this room only: what the workflow gives its activities, and what it makes of their
// answers.

#include <string>
#include <utility>

#include "sync/activity_types.h"
#include "sync/continuation.h"
#include "temporal/workflow_options.h"

namespace sluice::sync {

/// Of the note that tells the metadata what a step came to: repeated until it works.
temporal::ActivityOptions note_options();
/// Of the steps that do the work. What they throw comes back to be counted; what a note throws has
/// nowhere else to go, and is repeated until somebody looks.
temporal::ActivityOptions step_options();
/// Of a step that is not a sync's first: what has begun is finished before more begins, so that
/// many syncs of one tenant do not come between the two steps of another's.
temporal::ActivityOptions later_step_options();

StepInput step_input(const WantInHand& hand);
NoteInput note_input(const WantInHand& hand, NoteOutcome outcome);
/// Of a failure, for good or for now.
NoteInput note_input(const WantInHand& hand, NoteOutcome outcome, const temporal::Failure& failure);

/// Whose move it is, as the activity said of its failure: `transient`, `needs_you` or `bug`. One of
/// Temporal's own, such as a timeout, may pass.
std::string class_of(const temporal::Failure& failure);
temporal::Failure cancelled_by_request();
temporal::Failure not_from_us();

/// What a step came to. A step's answer that is none is its failure: others may answer for it, too.
template <typename Output>
temporal::Typed<Output> answer_of(temporal::Typed<temporal::Received<Output>> told,
                                  bool only_sealed) {
  if (told && (told->is_sealed || !only_sealed)) return std::move(told->value);
  if (told || told.error().type == temporal::failure_malformed) {
    return tl::unexpected<temporal::Failure>(not_from_us());
  }
  return tl::unexpected<temporal::Failure>(std::move(told).error());
}

}  // namespace sluice::sync
