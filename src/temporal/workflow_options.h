#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace sluice::temporal {

/// How the server repeats a failed activity or workflow.
struct RetryPolicy {
  std::chrono::milliseconds initial_interval{1'000};
  double backoff_coefficient = 2.0;
  std::chrono::milliseconds maximum_interval{0};  ///< 0: a hundred times the initial one.
  std::int32_t maximum_attempts = 0;              ///< 0: unlimited.
  std::vector<std::string> non_retryable_error_types = {};
};

/// What a cancelled activity's Future does.
enum class CancellationType {
  wait_completed,  ///< Asks, and waits until the activity has ended, however it does.
  try_cancel,      ///< Asks, and ends as cancelled at once.
  abandon,         ///< Does not ask; ends as cancelled at once.
};

/// One of schedule_to_close and start_to_close must be set; 0 means none.
struct ActivityOptions {
  std::string task_queue = {};                     ///< Empty: the workflow's own.
  std::chrono::milliseconds schedule_to_close{0};  ///< All attempts together, waiting included.
  std::chrono::milliseconds schedule_to_start{0};  ///< Waiting for a worker; never tried again.
  std::chrono::milliseconds start_to_close{0};     ///< One attempt.
  std::chrono::milliseconds heartbeat_timeout{0};  ///< How soon a dead worker is noticed.
  RetryPolicy retry = {};
  CancellationType cancellation = CancellationType::wait_completed;
  /// From 1, which is taken before all others that wait for a worker, to 5; 0 is as 3. A server
  /// from before there were priorities takes them as they come.
  std::int32_t priority = 0;
};

/// A local activity runs in the worker that has the workflow, within its workflow task: quick, and
/// without a trace on the server until it has ended. For steps of milliseconds; there is no
/// heartbeat. One of schedule_to_close and start_to_close must be set; 0 means none.
struct LocalActivityOptions {
  std::chrono::milliseconds schedule_to_close{0};
  std::chrono::milliseconds schedule_to_start{0};
  std::chrono::milliseconds start_to_close{0};
  RetryPolicy retry = {};
  /// A pause between attempts that is longer becomes a timer of the workflow, which survives it.
  std::chrono::milliseconds local_retry_threshold{60'000};
  CancellationType cancellation = CancellationType::wait_completed;
};

/// What becomes of a child when its parent ends.
enum class ParentClosePolicy { terminate, abandon, request_cancel };

enum class ChildCancellationType {
  wait_completed,  ///< Asks, and waits until the child has ended.
  wait_requested,  ///< Asks, and waits until the request is delivered.
  try_cancel,      ///< Asks, and ends as cancelled at once.
  abandon,         ///< Does not ask; ends as cancelled at once.
};

/// May a workflow be started under the id of one that has ended?
enum class IdReusePolicy { allow_duplicate, allow_duplicate_failed_only, reject_duplicate };

/// What if a workflow of this id is running?
enum class IdConflictPolicy { fail, use_existing, terminate_existing };

/// Name → JSON.
using JsonByName = std::map<std::string, std::string>;

struct WorkflowTimeouts {
  std::chrono::milliseconds execution{0};  ///< All runs together; 0: none.
  std::chrono::milliseconds run{0};        ///< One run; 0: none.
  std::chrono::milliseconds task{0};       ///< One workflow task; 0: the server's ten seconds.
};

struct ChildWorkflowOptions {
  std::string workflow_id = {};  ///< Empty: a random one, the same in replay.
  std::string task_queue = {};   ///< Empty: the parent's.
  WorkflowTimeouts timeouts = {};
  RetryPolicy retry = {.maximum_attempts = 1};
  std::string cron_schedule = {};
  ParentClosePolicy parent_close = ParentClosePolicy::terminate;
  ChildCancellationType cancellation = ChildCancellationType::wait_completed;
  IdReusePolicy id_reuse = IdReusePolicy::allow_duplicate;
  JsonByName memo = {};
  JsonByName search_attributes = {};  ///< Registered beforehand.
};

}  // namespace sluice::temporal
