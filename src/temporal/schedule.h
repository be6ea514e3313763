#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "temporal/workflow_options.h"

namespace sluice::temporal {

/// What happens when a time comes while the workflow of an earlier one still runs.
enum class ScheduleOverlap {
  skip,
  buffer_one,
  buffer_all,
  cancel_other,
  terminate_other,
  allow_all
};

struct ScheduleInterval {
  std::chrono::milliseconds every{0};
  std::chrono::milliseconds offset{0};  ///< From the epoch.
};

/// Starts a workflow at times: https://docs.temporal.io/schedule. Its id is the action's with the
/// time behind it.
struct Schedule {
  std::string workflow_id = {};
  std::string workflow_type = {};
  std::string task_queue = {};
  std::string input = {};  ///< JSON; empty: no argument.
  WorkflowTimeouts timeouts = {};
  JsonByName memo = {};
  JsonByName search_attributes = {};

  std::vector<ScheduleInterval> intervals = {};
  std::vector<std::string> cron = {};  ///< Five fields, in `timezone`.
  std::string timezone = {};           ///< Empty: UTC.
  std::chrono::milliseconds jitter{0};

  ScheduleOverlap overlap = ScheduleOverlap::skip;
  std::chrono::milliseconds catchup_window{0};  ///< 0: the server's, a year.
  bool pause_on_failure = false;
  bool paused = false;
  std::string note = {};
  std::int64_t remaining_actions = 0;  ///< 0: no bound.
};

struct ScheduleDescription {
  bool paused = false;
  std::string note;
  std::int64_t actions = 0;  ///< Begun so far.
  std::vector<Micros> next_us;
  std::vector<std::string> recent_workflow_ids;
};

}  // namespace sluice::temporal
