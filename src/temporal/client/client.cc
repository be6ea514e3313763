// Client: connecting, and the calls on one workflow. Each blocks its caller.
#include "temporal/client.h"

#include <temporal/api/workflowservice/v1/request_response.pb.h>

#include "base/ids.h"
#include "temporal/client/long_poll.h"
#include "temporal/core/connection.h"
#include "temporal/error_codes.h"
#include "temporal/payload/payload.h"
#include "temporal/runtime.h"
#include "temporal/workflow/workflow_messages.h"

namespace sluice::temporal {

namespace ws = ::temporal::api::workflowservice::v1;
namespace enums = ::temporal::api::enums::v1;
using std::chrono::milliseconds;

namespace {

void set_execution(wire_common::WorkflowExecution& wire, const WorkflowRef& workflow) {
  wire.set_workflow_id(workflow.workflow_id);
  wire.set_run_id(workflow.run_id);
}

void set_payloads(wire_common::Payloads& payloads, const std::string& json) {
  if (!json.empty()) set_payload(*payloads.add_payloads(), json);
}

/// What StartWorkflowExecution and SignalWithStartWorkflowExecution have in common.
template <typename Request>
void fill_start(Request& request, const StartOptions& options, const ClientOptions& client) {
  request.set_namespace_(client.namespace_name);
  request.set_identity(client.identity);
  request.set_request_id(new_uuid_v7());
  request.set_workflow_id(options.workflow_id);
  request.mutable_workflow_type()->set_name(options.workflow_type);
  request.mutable_task_queue()->set_name(options.task_queue);
  set_payloads(*request.mutable_input(), options.input);
  request.set_workflow_id_reuse_policy(wire_of(options.id_reuse));
  request.set_workflow_id_conflict_policy(wire_of(options.id_conflict));
  set_limit(request, &Request::mutable_workflow_execution_timeout, options.timeouts.execution);
  set_limit(request, &Request::mutable_workflow_run_timeout, options.timeouts.run);
  set_limit(request, &Request::mutable_workflow_task_timeout, options.timeouts.task);
  set_limit(request, &Request::mutable_workflow_start_delay, options.start_delay);
  if (options.retry) set_retry(*request.mutable_retry_policy(), *options.retry);
  request.set_cron_schedule(options.cron_schedule);
  set_fields(*request.mutable_memo()->mutable_fields(), options.memo);
  set_fields(*request.mutable_search_attributes()->mutable_indexed_fields(),
             options.search_attributes);
}

/// The end of a run as its last event tells it; or the run that follows it.
struct Ending {
  WorkflowOutcome outcome;
  std::string next_run_id;
};

Ending ending_of(const ::temporal::api::history::v1::HistoryEvent& event) {
  Ending ending;
  WorkflowOutcome& outcome = ending.outcome;
  if (event.has_workflow_execution_completed_event_attributes()) {
    outcome.status = WorkflowStatus::completed;
    outcome.result = json_of(event.workflow_execution_completed_event_attributes().result());
  } else if (event.has_workflow_execution_failed_event_attributes()) {
    outcome.status = WorkflowStatus::failed;
    outcome.failure = failure_of(event.workflow_execution_failed_event_attributes().failure());
    ending.next_run_id = event.workflow_execution_failed_event_attributes().new_execution_run_id();
  } else if (event.has_workflow_execution_canceled_event_attributes()) {
    outcome.status = WorkflowStatus::cancelled;
    outcome.failure = Failure{.type = "cancelled",
                              .message = "The workflow was cancelled.",
                              .kind = FailureKind::cancelled};
  } else if (event.has_workflow_execution_terminated_event_attributes()) {
    outcome.status = WorkflowStatus::terminated;
    outcome.failure =
        Failure{.type = "terminated",
                .message = event.workflow_execution_terminated_event_attributes().reason(),
                .kind = FailureKind::terminated};
  } else if (event.has_workflow_execution_timed_out_event_attributes()) {
    outcome.status = WorkflowStatus::timed_out;
    outcome.failure = Failure{
        .type = "timeout", .message = "The workflow timed out.", .kind = FailureKind::timeout};
    ending.next_run_id =
        event.workflow_execution_timed_out_event_attributes().new_execution_run_id();
  } else if (event.has_workflow_execution_continued_as_new_event_attributes()) {
    outcome.status = WorkflowStatus::continued_as_new;
    ending.next_run_id =
        event.workflow_execution_continued_as_new_event_attributes().new_execution_run_id();
  }
  return ending;
}

}  // namespace

Client::Client(std::shared_ptr<Connection> connection) : connection_(std::move(connection)) {}
Client::~Client() = default;

std::unique_ptr<Client> Client::connect_lazily(const Runtime& runtime, ClientOptions options) {
  return std::make_unique<Client>(std::make_shared<Connection>(runtime.core(), std::move(options)));
}

Result<std::unique_ptr<Client>> Client::connect(const Runtime& runtime, ClientOptions options) {
  std::unique_ptr<Client> client = connect_lazily(runtime, std::move(options));
  TRY(client->connection_->handle());
  return client;
}

Result<std::string> Client::signal_with_start(const SignalWithStartOptions& options) {
  ws::SignalWithStartWorkflowExecutionRequest request;
  fill_start(request, options.start, connection_->options());
  // A signal must never be refused because the workflow runs already.
  request.set_workflow_id_conflict_policy(enums::WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING);
  request.set_signal_name(options.signal_name);
  set_payloads(*request.mutable_signal_input(), options.signal_input);
  TRY_ASSIGN(const ws::SignalWithStartWorkflowExecutionResponse response,
             connection_->call<ws::SignalWithStartWorkflowExecutionResponse>(
                 "SignalWithStartWorkflowExecution", request));
  return response.run_id();
}

Result<std::string> Client::start(const StartOptions& options) {
  ws::StartWorkflowExecutionRequest request;
  fill_start(request, options, connection_->options());
  auto response =
      connection_->call<ws::StartWorkflowExecutionResponse>("StartWorkflowExecution", request);
  if (response) return response->run_id();
  if (response.error().kind == Errc::conflict) {
    return fail(Errc::conflict, Code::workflow_already_running,
                "A workflow with the id " + options.workflow_id +
                    (options.id_reuse == IdReusePolicy::allow_duplicate
                         ? " is running already."
                         : " is running, or has run, already."));
  }
  return fail(std::move(response).error());
}

Result<void> Client::signal(const WorkflowRef& workflow, const std::string& signal_name,
                            const std::string& input) {
  ws::SignalWorkflowExecutionRequest request;
  request.set_namespace_(connection_->options().namespace_name);
  request.set_identity(connection_->options().identity);
  request.set_request_id(new_uuid_v7());
  set_execution(*request.mutable_workflow_execution(), workflow);
  request.set_signal_name(signal_name);
  set_payloads(*request.mutable_input(), input);
  TRY(connection_->call<ws::SignalWorkflowExecutionResponse>("SignalWorkflowExecution", request));
  return {};
}

Result<std::string> Client::query(const WorkflowRef& workflow, const std::string& query_type,
                                  const std::string& input) {
  ws::QueryWorkflowRequest request;
  request.set_namespace_(connection_->options().namespace_name);
  set_execution(*request.mutable_execution(), workflow);
  request.mutable_query()->set_query_type(query_type);
  set_payloads(*request.mutable_query()->mutable_query_args(), input);
  TRY_ASSIGN(const ws::QueryWorkflowResponse response,
             connection_->call<ws::QueryWorkflowResponse>("QueryWorkflow", request));
  return json_of(response.query_result());
}

Result<void> Client::cancel(const WorkflowRef& workflow, const std::string& reason) {
  ws::RequestCancelWorkflowExecutionRequest request;
  request.set_namespace_(connection_->options().namespace_name);
  request.set_identity(connection_->options().identity);
  request.set_request_id(new_uuid_v7());
  set_execution(*request.mutable_workflow_execution(), workflow);
  request.set_reason(reason);
  TRY(connection_->call<ws::RequestCancelWorkflowExecutionResponse>(
      "RequestCancelWorkflowExecution", request));
  return {};
}

Result<void> Client::terminate(const WorkflowRef& workflow, const std::string& reason) {
  ws::TerminateWorkflowExecutionRequest request;
  request.set_namespace_(connection_->options().namespace_name);
  request.set_identity(connection_->options().identity);
  set_execution(*request.mutable_workflow_execution(), workflow);
  request.set_reason(reason);
  TRY(connection_->call<ws::TerminateWorkflowExecutionResponse>("TerminateWorkflowExecution",
                                                                request));
  return {};
}

Result<WorkflowOutcome> Client::result(const WorkflowRef& workflow, milliseconds timeout) {
  std::string run_id = workflow.run_id;
  std::string page_token;
  const auto poll = [&](milliseconds left) -> Result<std::optional<WorkflowOutcome>> {
    ws::GetWorkflowExecutionHistoryRequest request;
    request.set_namespace_(connection_->options().namespace_name);
    set_execution(*request.mutable_execution(), {workflow.workflow_id, run_id});
    request.set_wait_new_event(true);
    request.set_history_event_filter_type(enums::HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT);
    request.set_skip_archival(true);
    request.set_next_page_token(page_token);
    TRY_ASSIGN(const ws::GetWorkflowExecutionHistoryResponse response,
               connection_->call_for<ws::GetWorkflowExecutionHistoryResponse>(
                   "GetWorkflowExecutionHistory", request, left));
    page_token = response.next_page_token();
    if (response.history().events_size() == 0) return std::nullopt;
    Ending ending = ending_of(*response.history().events().rbegin());
    if (ending.next_run_id.empty()) return std::move(ending.outcome);
    run_id = ending.next_run_id;
    page_token.clear();
    return std::nullopt;
  };
  const Error late{Errc::deadline_exceeded, Code::temporal_deadline_exceeded,
                   "The workflow " + workflow.workflow_id + " has not ended within " +
                       std::to_string(timeout.count()) + " ms.",
                   ""};
  return poll_until<WorkflowOutcome>(timeout, late, poll);
}

}  // namespace sluice::temporal
