// The calls of Client that look at or set up the server, rather than drive one workflow.
#include <temporal/api/operatorservice/v1/request_response.pb.h>
#include <temporal/api/workflowservice/v1/request_response.pb.h>

#include "temporal/client.h"
#include "temporal/core/connection.h"
#include "temporal/error_codes.h"
#include "temporal/workflow/workflow_messages.h"

namespace sluice::temporal {

namespace ws = ::temporal::api::workflowservice::v1;
namespace op = ::temporal::api::operatorservice::v1;
namespace enums = ::temporal::api::enums::v1;

namespace {

WorkflowStatus status_of(enums::WorkflowExecutionStatus status) {
  switch (status) {
    case enums::WORKFLOW_EXECUTION_STATUS_RUNNING:
    case enums::WORKFLOW_EXECUTION_STATUS_PAUSED:
      return WorkflowStatus::running;
    case enums::WORKFLOW_EXECUTION_STATUS_COMPLETED:
      return WorkflowStatus::completed;
    case enums::WORKFLOW_EXECUTION_STATUS_FAILED:
      return WorkflowStatus::failed;
    case enums::WORKFLOW_EXECUTION_STATUS_CANCELED:
      return WorkflowStatus::cancelled;
    case enums::WORKFLOW_EXECUTION_STATUS_TERMINATED:
      return WorkflowStatus::terminated;
    case enums::WORKFLOW_EXECUTION_STATUS_CONTINUED_AS_NEW:
      return WorkflowStatus::continued_as_new;
    case enums::WORKFLOW_EXECUTION_STATUS_TIMED_OUT:
      return WorkflowStatus::timed_out;
    default:
      return WorkflowStatus::unknown;
  }
}

WorkflowDescription description_of(
    const ::temporal::api::workflow::v1::WorkflowExecutionInfo& info) {
  WorkflowDescription description;
  description.workflow_id = info.execution().workflow_id();
  description.run_id = info.execution().run_id();
  description.workflow_type = info.type().name();
  description.task_queue = info.task_queue();
  description.status = status_of(info.status());
  description.history_length = info.history_length();
  description.started_at_us = micros_of(info.start_time());
  if (info.has_close_time()) description.closed_at_us = micros_of(info.close_time());
  description.memo = fields_of(info.memo().fields());
  description.search_attributes = fields_of(info.search_attributes().indexed_fields());
  return description;
}

PendingActivity pending_of(const ::temporal::api::workflow::v1::PendingActivityInfo& info) {
  PendingActivity pending;
  pending.id = info.activity_id();
  pending.type = info.activity_type().name();
  pending.attempt = info.attempt();
  pending.started = info.state() == enums::PENDING_ACTIVITY_STATE_STARTED;
  if (info.has_next_attempt_schedule_time()) {
    pending.next_attempt_at_us = micros_of(info.next_attempt_schedule_time());
  }
  if (info.has_last_failure()) pending.last_failure = failure_of(info.last_failure());
  return pending;
}

enums::IndexedValueType wire_type(SearchAttributeType type) {
  switch (type) {
    case SearchAttributeType::text:
      return enums::INDEXED_VALUE_TYPE_TEXT;
    case SearchAttributeType::keyword:
      return enums::INDEXED_VALUE_TYPE_KEYWORD;
    case SearchAttributeType::integer:
      return enums::INDEXED_VALUE_TYPE_INT;
    case SearchAttributeType::real:
      return enums::INDEXED_VALUE_TYPE_DOUBLE;
    case SearchAttributeType::boolean:
      return enums::INDEXED_VALUE_TYPE_BOOL;
    case SearchAttributeType::datetime:
      return enums::INDEXED_VALUE_TYPE_DATETIME;
    case SearchAttributeType::keyword_list:
      return enums::INDEXED_VALUE_TYPE_KEYWORD_LIST;
  }
  return enums::INDEXED_VALUE_TYPE_UNSPECIFIED;
}

Result<std::vector<Poller>> pollers_of(Connection& connection, const std::string& task_queue,
                                       enums::TaskQueueType type) {
  ws::DescribeTaskQueueRequest request;
  request.set_namespace_(connection.options().namespace_name);
  request.mutable_task_queue()->set_name(task_queue);
  request.set_task_queue_type(type);
  TRY_ASSIGN(const ws::DescribeTaskQueueResponse response,
             connection.call<ws::DescribeTaskQueueResponse>("DescribeTaskQueue", request));
  std::vector<Poller> pollers;
  for (const auto& poller : response.pollers()) {
    pollers.push_back({poller.identity(), micros_of(poller.last_access_time())});
  }
  return pollers;
}

}  // namespace

std::string_view name_of(WorkflowStatus status) {
  switch (status) {
    case WorkflowStatus::running:
      return "running";
    case WorkflowStatus::completed:
      return "completed";
    case WorkflowStatus::failed:
      return "failed";
    case WorkflowStatus::cancelled:
      return "cancelled";
    case WorkflowStatus::terminated:
      return "terminated";
    case WorkflowStatus::continued_as_new:
      return "continued_as_new";
    case WorkflowStatus::timed_out:
      return "timed_out";
    case WorkflowStatus::unknown:
      break;
  }
  return "unknown";
}

Result<WorkflowDescription> Client::describe(const WorkflowRef& workflow) {
  ws::DescribeWorkflowExecutionRequest request;
  request.set_namespace_(connection_->options().namespace_name);
  request.mutable_execution()->set_workflow_id(workflow.workflow_id);
  request.mutable_execution()->set_run_id(workflow.run_id);
  TRY_ASSIGN(const ws::DescribeWorkflowExecutionResponse response,
             connection_->call<ws::DescribeWorkflowExecutionResponse>("DescribeWorkflowExecution",
                                                                      request));
  WorkflowDescription description = description_of(response.workflow_execution_info());
  for (const auto& activity : response.pending_activities()) {
    description.pending_activities.push_back(pending_of(activity));
  }
  return description;
}

Result<std::vector<WorkflowDescription>> Client::list(const std::string& visibility_query,
                                                      std::size_t limit) {
  constexpr int page_size = 200;
  std::vector<WorkflowDescription> found;
  std::string page_token;
  do {
    ws::ListWorkflowExecutionsRequest request;
    request.set_namespace_(connection_->options().namespace_name);
    request.set_query(visibility_query);
    request.set_page_size(page_size);
    request.set_next_page_token(page_token);
    TRY_ASSIGN(
        const ws::ListWorkflowExecutionsResponse response,
        connection_->call<ws::ListWorkflowExecutionsResponse>("ListWorkflowExecutions", request));
    for (const auto& info : response.executions()) {
      if (found.size() == limit) return found;
      found.push_back(description_of(info));
    }
    page_token = response.next_page_token();
  } while (!page_token.empty());
  return found;
}

Result<std::int64_t> Client::count(const std::string& visibility_query) {
  ws::CountWorkflowExecutionsRequest request;
  request.set_namespace_(connection_->options().namespace_name);
  request.set_query(visibility_query);
  TRY_ASSIGN(
      const ws::CountWorkflowExecutionsResponse response,
      connection_->call<ws::CountWorkflowExecutionsResponse>("CountWorkflowExecutions", request));
  return response.count();
}

Result<void> Client::check_health() {
  ws::DescribeNamespaceRequest request;
  request.set_namespace_(connection_->options().namespace_name);
  auto response = connection_->call<ws::DescribeNamespaceResponse>("DescribeNamespace", request);
  if (response) return {};
  if (response.error().kind == Errc::not_found) {
    return fail(Errc::not_found, Code::temporal_namespace_not_found,
                "The Temporal server at " + connection_->options().target + " has no namespace " +
                    connection_->options().namespace_name + ".",
                "Create it, or check the name in the settings.");
  }
  return fail(std::move(response).error());
}

Result<void> Client::ensure_namespace(std::chrono::hours retention) {
  Result<void> healthy = check_health();
  if (healthy || healthy.error().kind != Errc::not_found) return healthy;
  ws::RegisterNamespaceRequest request;
  request.set_namespace_(connection_->options().namespace_name);
  set_duration(*request.mutable_workflow_execution_retention_period(), retention);
  auto response = connection_->call<ws::RegisterNamespaceResponse>("RegisterNamespace", request);
  // Another process may have been quicker.
  if (!response && response.error().kind != Errc::conflict)
    return fail(std::move(response).error());
  return {};
}

Result<void> Client::register_search_attributes(
    const std::map<std::string, SearchAttributeType>& attributes) {
  op::ListSearchAttributesRequest list_request;
  list_request.set_namespace_(connection_->options().namespace_name);
  TRY_ASSIGN(const op::ListSearchAttributesResponse existing,
             connection_->call<op::ListSearchAttributesResponse>(
                 "ListSearchAttributes", list_request, TemporalCoreRpcService_Operator));
  op::AddSearchAttributesRequest request;
  request.set_namespace_(connection_->options().namespace_name);
  for (const auto& [name, type] : attributes) {
    const auto known = existing.custom_attributes().find(name);
    if (known == existing.custom_attributes().end()) {
      (*request.mutable_search_attributes())[name] = wire_type(type);
    } else if (known->second != wire_type(type)) {
      return fail(Errc::conflict, Code::search_attribute_type,
                  "The search attribute " + name + " exists with another type.",
                  "Remove it, or rename ours.");
    }
  }
  if (request.search_attributes().empty()) return {};
  auto response = connection_->call<op::AddSearchAttributesResponse>(
      "AddSearchAttributes", request, TemporalCoreRpcService_Operator);
  if (!response && response.error().kind != Errc::conflict)
    return fail(std::move(response).error());
  return {};
}

Result<TaskQueueDescription> Client::describe_task_queue(const std::string& task_queue) {
  TaskQueueDescription description;
  TRY_ASSIGN(description.workflow_pollers,
             pollers_of(*connection_, task_queue, enums::TASK_QUEUE_TYPE_WORKFLOW));
  TRY_ASSIGN(description.activity_pollers,
             pollers_of(*connection_, task_queue, enums::TASK_QUEUE_TYPE_ACTIVITY));
  return description;
}

}  // namespace sluice::temporal
