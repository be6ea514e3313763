#pragma once

// Inside this room only: what every activity begins with.

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "sync/activities.h"

namespace sluice::sync {

/// The input of every activity, read once.
struct Activities::Step {
  WorkflowWant want;
  std::int64_t attempts = 0;
  bool is_sealed = true;     ///< Nobody but us made it.
  bool is_recorded = false;  ///< The want is not from before wants were recorded.
  Micros asked_at_us = 0;    ///< When it was asked for, where that is recorded.
  /// Of the workflow's run that took the want, which may have handed over to this one.
  std::string run_id;
  boost::json::object input;

  /// As the marks of the store want it.
  metadata::RunOf run() const { return {want.want.version, want.order, want.want.kind}; }
  /// What people read of it; the caller says how it goes.
  metadata::SyncRun recorded(const char* outcome, Micros now_us) const {
    metadata::SyncRun run;
    run.id = run_id + "/" + std::to_string(want.order);
    run.dataset_id = want.want.dataset_id;
    run.tenant = want.want.tenant;
    run.version = want.want.version;
    run.started_at_us = now_us;
    run.outcome = outcome;
    return run;
  }
  metadata::SyncRun ended(const char* outcome, Micros now_us, std::int64_t tries) const {
    metadata::SyncRun run = recorded(outcome, now_us);
    run.ended_at_us = now_us;
    run.attempts = tries;
    return run;
  }
};

inline std::string state_result(const char* state) {
  return boost::json::serialize(boost::json::object{{"state", state}});
}

/// A store that is locked or full for a moment is waited for; a damaged one needs to be said.
inline tl::unexpected<temporal::Failure> metadata_failure(const Error& error) {
  return temporal::fail_activity(is_retryable(error.kind) ? failure_unreachable : failure_bad_data,
                                 to_line(error));
}

}  // namespace sluice::sync
