#pragma once

// Inside this room only: the options of workflow_options.h as Temporal's messages. Pure; histories
// hold what is made here, so that for the same options it must stay the same.

#include <temporal/api/common/v1/message.pb.h>
#include <temporal/api/enums/v1/workflow.pb.h>
#include <temporal/sdk/core/workflow_commands/workflow_commands.pb.h>

#include "temporal/payload/payload.h"
#include "temporal/workflow_options.h"

namespace sluice::temporal {

namespace commands = coresdk::workflow_commands;

void set_retry(wire_common::RetryPolicy& wire, const RetryPolicy& retry);
void set_options(commands::ScheduleActivity& wire, const ActivityOptions& options);
void set_options(commands::ScheduleLocalActivity& wire, const LocalActivityOptions& options);
void set_options(commands::StartChildWorkflowExecution& wire, const ChildWorkflowOptions& options);
::temporal::api::enums::v1::WorkflowIdReusePolicy wire_of(IdReusePolicy policy);
::temporal::api::enums::v1::WorkflowIdConflictPolicy wire_of(IdConflictPolicy policy);
/// Into the map of a Memo or of SearchAttributes.
void set_fields(google::protobuf::Map<std::string, wire_common::Payload>& wire,
                const JsonByName& json_by_name);
JsonByName fields_of(const google::protobuf::Map<std::string, wire_common::Payload>& wire);

/// Sets nothing where there is no limit: the server takes a zero for one.
template <typename Message>
void set_limit(Message& wire, google::protobuf::Duration* (Message::*field)(),
               std::chrono::milliseconds limit) {
  if (limit > std::chrono::milliseconds::zero()) set_duration(*(wire.*field)(), limit);
}

}  // namespace sluice::temporal
