#pragma once

// Inside this room only: what the workflow gives its activities, and what it makes of their
// answers.

#include <string>
#include <string_view>

#include <boost/json/object.hpp>
#include <tl/expected.hpp>

#include "sync/continuation.h"
#include "temporal/activity.h"
#include "temporal/workflow_options.h"

namespace sluice::sync {

/// Of the note that tells the metadata what a step came to: repeated until it works.
temporal::ActivityOptions note_options();
/// Of the steps that do the work. What they throw comes back to be counted; what a note throws has
/// nowhere else to go, and is repeated until somebody looks.
temporal::ActivityOptions step_options();

boost::json::object step_input(const WantInHand& hand);
/// For update_dataset_metadata: how it ended, or that it waits.
boost::json::object note_input(const WantInHand& hand, const char* outcome,
                               const temporal::Failure& failure);

/// Whose move it is, as the activity said of its failure: `transient`, `needs_you` or `bug`. One of
/// Temporal's own, such as a timeout, may pass.
std::string class_of(const temporal::Failure& failure);
temporal::Failure cancelled_by_request();

/// What a step came to. A step's answer that is none is its failure: others may answer for it, too.
tl::expected<boost::json::object, temporal::Failure> answer_of(
    const temporal::ActivityOutcome& outcome, bool only_sealed);
std::string_view state_in(const boost::json::object& answer);

}  // namespace sluice::sync
