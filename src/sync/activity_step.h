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
  boost::json::object input;

  /// As the marks of the store want it.
  metadata::RunOf run() const { return {want.want.version, want.order, want.want.kind}; }
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
