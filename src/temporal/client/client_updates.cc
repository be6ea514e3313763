// The calls of Client about updates, and histories.
#include <google/protobuf/util/json_util.h>
#include <temporal/api/history/v1/message.pb.h>
#include <temporal/api/workflowservice/v1/request_response.pb.h>

#include "base/ids.h"
#include "temporal/client.h"
#include "temporal/client/long_poll.h"
#include "temporal/core/connection.h"
#include "temporal/error_codes.h"
#include "temporal/payload/payload.h"

namespace sluice::temporal {

namespace ws = ::temporal::api::workflowservice::v1;
namespace enums = ::temporal::api::enums::v1;
using std::chrono::milliseconds;

namespace {

Error late(const UpdateRef& update, milliseconds timeout) {
  return {Errc::deadline_exceeded, Code::temporal_deadline_exceeded,
          "The update " + update.update_id + " of the workflow " + update.workflow.workflow_id +
              " has not got that far within " + std::to_string(timeout.count()) + " ms.",
          "Check that a worker is running."};
}

}  // namespace

Result<UpdateRef> Client::start_update(const WorkflowRef& workflow, const std::string& update_name,
                                       const std::string& input, milliseconds timeout,
                                       std::string update_id) {
  if (update_id.empty()) update_id = new_uuid_v7();
  UpdateRef update{workflow, std::move(update_id)};
  ws::UpdateWorkflowExecutionRequest request;
  request.set_namespace_(connection_->options().namespace_name);
  request.mutable_workflow_execution()->set_workflow_id(workflow.workflow_id);
  request.mutable_workflow_execution()->set_run_id(workflow.run_id);
  request.mutable_wait_policy()->set_lifecycle_stage(
      enums::UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_ACCEPTED);
  request.mutable_request()->mutable_meta()->set_update_id(update.update_id);
  request.mutable_request()->mutable_meta()->set_identity(connection_->options().identity);
  request.mutable_request()->mutable_input()->set_name(update_name);
  if (!input.empty()) {
    set_payload(*request.mutable_request()->mutable_input()->mutable_args()->add_payloads(), input);
  }
  const auto poll = [&](milliseconds left) -> Result<std::optional<UpdateRef>> {
    TRY_ASSIGN(const ws::UpdateWorkflowExecutionResponse response,
               connection_->call_for<ws::UpdateWorkflowExecutionResponse>("UpdateWorkflowExecution",
                                                                          request, left));
    if (response.stage() < enums::UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_ACCEPTED) {
      return std::optional<UpdateRef>();
    }
    // Refused: the server forgets such an update at once, so its failure must go with the answer.
    UpdateRef known = update;
    known.workflow.run_id = response.update_ref().workflow_execution().run_id();
    if (response.has_outcome()) {
      known.outcome = response.outcome().has_failure()
                          ? UpdateOutcome(tl::unexpected(failure_of(response.outcome().failure())))
                          : UpdateOutcome(json_of(response.outcome().success()));
    }
    return std::optional<UpdateRef>(std::move(known));
  };
  return poll_until<UpdateRef>(timeout, late(update, timeout), poll);
}

Result<UpdateOutcome> Client::update_result(const UpdateRef& update, milliseconds timeout) {
  if (update.outcome) return *update.outcome;
  ws::PollWorkflowExecutionUpdateRequest request;
  request.set_namespace_(connection_->options().namespace_name);
  request.set_identity(connection_->options().identity);
  auto& ref = *request.mutable_update_ref();
  ref.mutable_workflow_execution()->set_workflow_id(update.workflow.workflow_id);
  ref.mutable_workflow_execution()->set_run_id(update.workflow.run_id);
  ref.set_update_id(update.update_id);
  request.mutable_wait_policy()->set_lifecycle_stage(
      enums::UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_COMPLETED);
  const auto poll = [&](milliseconds left) -> Result<std::optional<UpdateOutcome>> {
    TRY_ASSIGN(const ws::PollWorkflowExecutionUpdateResponse response,
               connection_->call_for<ws::PollWorkflowExecutionUpdateResponse>(
                   "PollWorkflowExecutionUpdate", request, left));
    if (!response.has_outcome()) return std::optional<UpdateOutcome>();
    if (response.outcome().has_failure()) {
      return std::optional<UpdateOutcome>(tl::unexpected(failure_of(response.outcome().failure())));
    }
    return std::optional<UpdateOutcome>(json_of(response.outcome().success()));
  };
  return poll_until<UpdateOutcome>(timeout, late(update, timeout), poll);
}

Result<UpdateOutcome> Client::update(const WorkflowRef& workflow, const std::string& update_name,
                                     const std::string& input, milliseconds timeout) {
  TRY_ASSIGN(const UpdateRef update, start_update(workflow, update_name, input, timeout));
  return update_result(update, timeout);
}

Result<std::string> Client::history_json(const WorkflowRef& workflow) {
  ::temporal::api::history::v1::History history;
  ws::GetWorkflowExecutionHistoryRequest request;
  request.set_namespace_(connection_->options().namespace_name);
  request.mutable_execution()->set_workflow_id(workflow.workflow_id);
  request.mutable_execution()->set_run_id(workflow.run_id);
  do {
    TRY_ASSIGN(const ws::GetWorkflowExecutionHistoryResponse response,
               connection_->call<ws::GetWorkflowExecutionHistoryResponse>(
                   "GetWorkflowExecutionHistory", request));
    history.MergeFrom(response.history());
    request.set_next_page_token(response.next_page_token());
  } while (!request.next_page_token().empty());
  std::string json;
  google::protobuf::util::JsonPrintOptions readable;
  readable.add_whitespace = true;
  if (!google::protobuf::util::MessageToJsonString(history, &json, readable).ok()) {
    return fail(Errc::internal, Code::temporal_malformed, "The history cannot be written as JSON.");
  }
  return json;
}

}  // namespace sluice::temporal
