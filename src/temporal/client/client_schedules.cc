// The calls of Client about schedules.
#include <temporal/api/schedule/v1/message.pb.h>
#include <temporal/api/workflowservice/v1/request_response.pb.h>

#include "base/ids.h"
#include "temporal/client.h"
#include "temporal/core/connection.h"
#include "temporal/workflow/workflow_messages.h"

namespace sluice::temporal {

namespace ws = ::temporal::api::workflowservice::v1;
namespace wire_schedule = ::temporal::api::schedule::v1;
namespace enums = ::temporal::api::enums::v1;

namespace {

enums::ScheduleOverlapPolicy wire_of(ScheduleOverlap overlap) {
  switch (overlap) {
    case ScheduleOverlap::skip:
      return enums::SCHEDULE_OVERLAP_POLICY_SKIP;
    case ScheduleOverlap::buffer_one:
      return enums::SCHEDULE_OVERLAP_POLICY_BUFFER_ONE;
    case ScheduleOverlap::buffer_all:
      return enums::SCHEDULE_OVERLAP_POLICY_BUFFER_ALL;
    case ScheduleOverlap::cancel_other:
      return enums::SCHEDULE_OVERLAP_POLICY_CANCEL_OTHER;
    case ScheduleOverlap::terminate_other:
      return enums::SCHEDULE_OVERLAP_POLICY_TERMINATE_OTHER;
    case ScheduleOverlap::allow_all:
      break;
  }
  return enums::SCHEDULE_OVERLAP_POLICY_ALLOW_ALL;
}

void set_action(::temporal::api::workflow::v1::NewWorkflowExecutionInfo& wire,
                const Schedule& schedule) {
  using Wire = ::temporal::api::workflow::v1::NewWorkflowExecutionInfo;
  wire.set_workflow_id(schedule.workflow_id);
  wire.mutable_workflow_type()->set_name(schedule.workflow_type);
  wire.mutable_task_queue()->set_name(schedule.task_queue);
  if (!schedule.input.empty()) {
    set_payload(*wire.mutable_input()->add_payloads(), schedule.input);
  }
  set_limit(wire, &Wire::mutable_workflow_execution_timeout, schedule.timeouts.execution);
  set_limit(wire, &Wire::mutable_workflow_run_timeout, schedule.timeouts.run);
  set_limit(wire, &Wire::mutable_workflow_task_timeout, schedule.timeouts.task);
  set_fields(*wire.mutable_memo()->mutable_fields(), schedule.memo);
  set_fields(*wire.mutable_search_attributes()->mutable_indexed_fields(),
             schedule.search_attributes);
}

void set_schedule(wire_schedule::Schedule& wire, const Schedule& schedule) {
  auto& spec = *wire.mutable_spec();
  for (const ScheduleInterval& interval : schedule.intervals) {
    auto& added = *spec.add_interval();
    set_duration(*added.mutable_interval(), interval.every);
    set_limit(added, &wire_schedule::IntervalSpec::mutable_phase, interval.offset);
  }
  for (const std::string& cron : schedule.cron) spec.add_cron_string(cron);
  spec.set_timezone_name(schedule.timezone);
  set_limit(spec, &wire_schedule::ScheduleSpec::mutable_jitter, schedule.jitter);
  set_action(*wire.mutable_action()->mutable_start_workflow(), schedule);
  auto& policies = *wire.mutable_policies();
  policies.set_overlap_policy(wire_of(schedule.overlap));
  set_limit(policies, &wire_schedule::SchedulePolicies::mutable_catchup_window,
            schedule.catchup_window);
  policies.set_pause_on_failure(schedule.pause_on_failure);
  auto& state = *wire.mutable_state();
  state.set_paused(schedule.paused);
  state.set_notes(schedule.note);
  state.set_limited_actions(schedule.remaining_actions > 0);
  state.set_remaining_actions(schedule.remaining_actions);
}

/// What all requests about one schedule begin with.
template <typename Request>
Request request_for(const Connection& connection, const std::string& schedule_id) {
  Request request;
  request.set_namespace_(connection.options().namespace_name);
  request.set_schedule_id(schedule_id);
  return request;
}

Result<void> patch(Connection& connection, const std::string& schedule_id,
                   const wire_schedule::SchedulePatch& change) {
  auto request = request_for<ws::PatchScheduleRequest>(connection, schedule_id);
  request.set_identity(connection.options().identity);
  request.set_request_id(new_uuid_v7());
  *request.mutable_patch() = change;
  TRY(connection.call<ws::PatchScheduleResponse>("PatchSchedule", request));
  return {};
}

}  // namespace

Result<void> Client::create_schedule(const std::string& schedule_id, const Schedule& schedule) {
  auto request = request_for<ws::CreateScheduleRequest>(*connection_, schedule_id);
  request.set_identity(connection_->options().identity);
  request.set_request_id(new_uuid_v7());
  set_schedule(*request.mutable_schedule(), schedule);
  TRY(connection_->call<ws::CreateScheduleResponse>("CreateSchedule", request));
  return {};
}

Result<void> Client::update_schedule(const std::string& schedule_id, const Schedule& schedule) {
  auto request = request_for<ws::UpdateScheduleRequest>(*connection_, schedule_id);
  request.set_identity(connection_->options().identity);
  request.set_request_id(new_uuid_v7());
  set_schedule(*request.mutable_schedule(), schedule);
  TRY(connection_->call<ws::UpdateScheduleResponse>("UpdateSchedule", request));
  return {};
}

Result<ScheduleDescription> Client::describe_schedule(const std::string& schedule_id) {
  const auto request = request_for<ws::DescribeScheduleRequest>(*connection_, schedule_id);
  TRY_ASSIGN(const ws::DescribeScheduleResponse response,
             connection_->call<ws::DescribeScheduleResponse>("DescribeSchedule", request));
  ScheduleDescription description;
  description.paused = response.schedule().state().paused();
  description.note = response.schedule().state().notes();
  description.actions = response.info().action_count();
  for (const auto& time : response.info().future_action_times()) {
    description.next_us.push_back(micros_of(time));
  }
  for (const auto& action : response.info().recent_actions()) {
    description.recent_workflow_ids.push_back(action.start_workflow_result().workflow_id());
  }
  return description;
}

Result<std::vector<std::string>> Client::list_schedules(std::size_t limit) {
  constexpr int page_size = 200;
  std::vector<std::string> found;
  ws::ListSchedulesRequest request;
  request.set_namespace_(connection_->options().namespace_name);
  request.set_maximum_page_size(page_size);
  do {
    TRY_ASSIGN(const ws::ListSchedulesResponse response,
               connection_->call<ws::ListSchedulesResponse>("ListSchedules", request));
    for (const auto& entry : response.schedules()) {
      if (found.size() == limit) return found;
      found.push_back(entry.schedule_id());
    }
    request.set_next_page_token(response.next_page_token());
  } while (!request.next_page_token().empty());
  return found;
}

Result<void> Client::pause_schedule(const std::string& schedule_id, const std::string& note) {
  wire_schedule::SchedulePatch change;
  change.set_pause(note.empty() ? "paused" : note);
  return patch(*connection_, schedule_id, change);
}

Result<void> Client::unpause_schedule(const std::string& schedule_id, const std::string& note) {
  wire_schedule::SchedulePatch change;
  change.set_unpause(note.empty() ? "unpaused" : note);
  return patch(*connection_, schedule_id, change);
}

Result<void> Client::trigger_schedule(const std::string& schedule_id) {
  wire_schedule::SchedulePatch change;
  change.mutable_trigger_immediately();
  return patch(*connection_, schedule_id, change);
}

Result<void> Client::delete_schedule(const std::string& schedule_id) {
  auto request = request_for<ws::DeleteScheduleRequest>(*connection_, schedule_id);
  request.set_identity(connection_->options().identity);
  TRY(connection_->call<ws::DeleteScheduleResponse>("DeleteSchedule", request));
  return {};
}

}  // namespace sluice::temporal
