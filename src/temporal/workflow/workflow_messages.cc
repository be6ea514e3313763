#include "temporal/workflow/workflow_messages.h"

namespace sluice::temporal {

namespace enums = ::temporal::api::enums::v1;
namespace child = coresdk::child_workflow;

namespace {

commands::ActivityCancellationType wire_of(CancellationType type) {
  switch (type) {
    case CancellationType::wait_completed:
      return commands::WAIT_CANCELLATION_COMPLETED;
    case CancellationType::try_cancel:
      return commands::TRY_CANCEL;
    case CancellationType::abandon:
      break;
  }
  return commands::ABANDON;
}

child::ChildWorkflowCancellationType wire_of(ChildCancellationType type) {
  switch (type) {
    case ChildCancellationType::wait_completed:
      return child::WAIT_CANCELLATION_COMPLETED;
    case ChildCancellationType::wait_requested:
      return child::WAIT_CANCELLATION_REQUESTED;
    case ChildCancellationType::try_cancel:
      return child::TRY_CANCEL;
    case ChildCancellationType::abandon:
      break;
  }
  return child::ABANDON;
}

child::ParentClosePolicy wire_of(ParentClosePolicy policy) {
  switch (policy) {
    case ParentClosePolicy::terminate:
      return child::PARENT_CLOSE_POLICY_TERMINATE;
    case ParentClosePolicy::abandon:
      return child::PARENT_CLOSE_POLICY_ABANDON;
    case ParentClosePolicy::request_cancel:
      break;
  }
  return child::PARENT_CLOSE_POLICY_REQUEST_CANCEL;
}

}  // namespace

enums::WorkflowIdReusePolicy wire_of(IdReusePolicy policy) {
  switch (policy) {
    case IdReusePolicy::allow_duplicate:
      return enums::WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE;
    case IdReusePolicy::allow_duplicate_failed_only:
      return enums::WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY;
    case IdReusePolicy::reject_duplicate:
      break;
  }
  return enums::WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE;
}

enums::WorkflowIdConflictPolicy wire_of(IdConflictPolicy policy) {
  switch (policy) {
    case IdConflictPolicy::fail:
      return enums::WORKFLOW_ID_CONFLICT_POLICY_FAIL;
    case IdConflictPolicy::use_existing:
      return enums::WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING;
    case IdConflictPolicy::terminate_existing:
      break;
  }
  return enums::WORKFLOW_ID_CONFLICT_POLICY_TERMINATE_EXISTING;
}

void set_retry(wire_common::RetryPolicy& wire, const RetryPolicy& retry) {
  set_duration(*wire.mutable_initial_interval(), retry.initial_interval);
  wire.set_backoff_coefficient(retry.backoff_coefficient);
  set_limit(wire, &wire_common::RetryPolicy::mutable_maximum_interval, retry.maximum_interval);
  wire.set_maximum_attempts(retry.maximum_attempts);
  for (const std::string& type : retry.non_retryable_error_types) {
    wire.add_non_retryable_error_types(type);
  }
}

void set_options(commands::ScheduleActivity& wire, const ActivityOptions& options) {
  using Wire = commands::ScheduleActivity;
  set_limit(wire, &Wire::mutable_schedule_to_close_timeout, options.schedule_to_close);
  set_limit(wire, &Wire::mutable_schedule_to_start_timeout, options.schedule_to_start);
  set_limit(wire, &Wire::mutable_start_to_close_timeout, options.start_to_close);
  set_limit(wire, &Wire::mutable_heartbeat_timeout, options.heartbeat_timeout);
  set_retry(*wire.mutable_retry_policy(), options.retry);
  wire.set_cancellation_type(wire_of(options.cancellation));
  if (options.priority != 0) wire.mutable_priority()->set_priority_key(options.priority);
}

void set_options(commands::ScheduleLocalActivity& wire, const LocalActivityOptions& options) {
  using Wire = commands::ScheduleLocalActivity;
  set_limit(wire, &Wire::mutable_schedule_to_close_timeout, options.schedule_to_close);
  set_limit(wire, &Wire::mutable_schedule_to_start_timeout, options.schedule_to_start);
  set_limit(wire, &Wire::mutable_start_to_close_timeout, options.start_to_close);
  set_limit(wire, &Wire::mutable_local_retry_threshold, options.local_retry_threshold);
  set_retry(*wire.mutable_retry_policy(), options.retry);
  wire.set_cancellation_type(wire_of(options.cancellation));
}

void set_options(commands::StartChildWorkflowExecution& wire, const ChildWorkflowOptions& options) {
  using Wire = commands::StartChildWorkflowExecution;
  set_limit(wire, &Wire::mutable_workflow_execution_timeout, options.timeouts.execution);
  set_limit(wire, &Wire::mutable_workflow_run_timeout, options.timeouts.run);
  set_limit(wire, &Wire::mutable_workflow_task_timeout, options.timeouts.task);
  if (options.retry.maximum_attempts != 1) set_retry(*wire.mutable_retry_policy(), options.retry);
  wire.set_cron_schedule(options.cron_schedule);
  wire.set_parent_close_policy(wire_of(options.parent_close));
  wire.set_cancellation_type(wire_of(options.cancellation));
  wire.set_workflow_id_reuse_policy(wire_of(options.id_reuse));
  set_fields(*wire.mutable_memo(), options.memo);
  if (!options.search_attributes.empty()) {
    set_fields(*wire.mutable_search_attributes()->mutable_indexed_fields(),
               options.search_attributes);
  }
}

void set_fields(google::protobuf::Map<std::string, wire_common::Payload>& wire,
                const JsonByName& json_by_name) {
  for (const auto& [name, json] : json_by_name) set_payload(wire[name], json);
}

JsonByName fields_of(const google::protobuf::Map<std::string, wire_common::Payload>& wire) {
  JsonByName fields;
  for (const auto& [name, payload] : wire) fields[name] = json_of(payload);
  return fields;
}

}  // namespace sluice::temporal
