#pragma once

// Inside this room only: what every activity begins with.

#include "sync/activities.h"
#include "sync/tool_wire.h"

namespace sluice::sync {

/// What every activity is given, and what the metadata know of it.
struct Activities::Step {
  WorkflowWant want;
  std::int64_t attempts = 0;
  bool is_sealed = true;     ///< Nobody but us made the input.
  bool is_recorded = false;  ///< The want is not from before wants were recorded.
  Micros asked_at_us = 0;    ///< When it was asked for, where that is recorded.
  /// Of the workflow's run that took the want, which may have handed over to this one.
  std::string run_id;

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

/// A store that is locked or full for a moment is waited for; a damaged one needs to be said.
inline tl::unexpected<temporal::Failure> metadata_failure(const Error& error) {
  return temporal::fail_activity(is_retryable(error.kind) ? failure_unreachable : failure_bad_data,
                                 to_line(error));
}

template <typename Answer>
temporal::Typed<StepResult<Answer>> Activities::call(temporal::ActivityContext& context,
                                                     const Step& step, const std::string& tool,
                                                     const boost::json::object& arguments) {
  const tl::expected<mcp::ToolResult, Ended> result = call_untyped(context, step, tool, arguments);
  if (!result) return result.error();
  Result<Answer> answer = answer_in<Answer>(tool, *result);
  if (!answer) return tl::unexpected<temporal::Failure>(failed_call(step, answer.error(), true));
  return std::move(*answer);
}

}  // namespace sluice::sync
