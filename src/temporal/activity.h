#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <source_location>
#include <stop_token>
#include <string>

#include "temporal/failure.h"

namespace sluice::temporal {

struct ActivityInfo {
  std::string activity_id;
  std::string activity_type;
  std::string workflow_id;
  std::string run_id;
  std::string workflow_type;
  std::uint32_t attempt = 1;                       ///< From 1.
  std::chrono::milliseconds heartbeat_timeout{0};  ///< Zero: none was asked for.
  bool is_local = false;                           ///< No heartbeats, no details.
};

/// What a running activity may ask and tell. Lives as long as the activity function runs. Threads:
/// safe for concurrent use, so that a helper thread of the activity may send heartbeats.
class ActivityContext {
 public:
  virtual ~ActivityContext() = default;
  virtual const ActivityInfo& info() const = 0;
  /// "I live"; the details (JSON) reach the next attempt. Cheap: the core sends at most one in
  /// WorkerOptions::heartbeat_interval_max, so that the newest details may be lost when the process
  /// dies. Where the workflow cancelled the activity, the answer to a heartbeat says so: no
  /// heartbeat, no cancellation.
  virtual void heartbeat(const std::string& details_json = {}) = 0;
  /// The last details of an earlier attempt, if there are any.
  virtual const std::optional<std::string>& heartbeat_details() const = 0;
  /// Stops at cancellation, at a passed time limit, and when the worker's grace has ended.
  virtual std::stop_token stop_token() const = 0;
  bool is_cancelled() const { return stop_token().stop_requested(); }
};

/// Runs on a thread of the worker's pool and may block. An exception becomes a retryable failure of
/// type `exception`. Input and result are JSON text. After a requested cancellation, end with
/// `cancelled_failure()`.
using ActivityFunction = std::function<ActivityOutcome(ActivityContext&, std::string input_json)>;

inline tl::unexpected<Failure> fail_activity(
    std::string type, std::string message, bool non_retryable = false,
    std::source_location where = std::source_location::current()) {
  return tl::unexpected<Failure>(Failure{.type = std::move(type),
                                         .message = std::move(message),
                                         .non_retryable = non_retryable,
                                         .stack_trace = text_of(where)});
}

inline tl::unexpected<Failure> cancelled_failure(
    std::string message = "The activity was cancelled.") {
  return tl::unexpected<Failure>(
      Failure{.type = "cancelled", .message = std::move(message), .kind = FailureKind::cancelled});
}

}  // namespace sluice::temporal
