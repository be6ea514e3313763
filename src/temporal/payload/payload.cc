#include "temporal/payload/payload.h"

#include <temporal/api/common/v1/message.pb.h>
#include <temporal/api/failure/v1/message.pb.h>

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

namespace sluice::temporal {

namespace {

constexpr const char* encoding_key = "encoding";

std::string_view retry_state_name(int state) {
  namespace enums = ::temporal::api::enums::v1;
  switch (state) {
    case enums::RETRY_STATE_NON_RETRYABLE_FAILURE:
      return "non_retryable_failure";
    case enums::RETRY_STATE_TIMEOUT:
      return "timeout";
    case enums::RETRY_STATE_MAXIMUM_ATTEMPTS_REACHED:
      return "maximum_attempts_reached";
    case enums::RETRY_STATE_RETRY_POLICY_NOT_SET:
      return "retry_policy_not_set";
    case enums::RETRY_STATE_INTERNAL_SERVER_ERROR:
      return "internal_server_error";
    case enums::RETRY_STATE_CANCEL_REQUESTED:
      return "cancel_requested";
    default:
      return "";
  }
}

std::string_view timeout_name(int type) {
  namespace enums = ::temporal::api::enums::v1;
  switch (type) {
    case enums::TIMEOUT_TYPE_START_TO_CLOSE:
      return "start_to_close";
    case enums::TIMEOUT_TYPE_SCHEDULE_TO_START:
      return "schedule_to_start";
    case enums::TIMEOUT_TYPE_SCHEDULE_TO_CLOSE:
      return "schedule_to_close";
    case enums::TIMEOUT_TYPE_HEARTBEAT:
      return "heartbeat";
    default:
      return "timeout";
  }
}

/// Failures nest as deep as whoever made them wished; ours stop here.
constexpr int cause_depth_max = 16;

Failure failure_at_depth(const wire_failure::Failure& wire, int depth) {
  Failure failure;
  failure.message = wire.message();
  failure.stack_trace = wire.stack_trace();
  failure.kind = FailureKind::other;
  if (wire.has_application_failure_info()) {
    const auto& info = wire.application_failure_info();
    failure.kind = FailureKind::application;
    failure.type = info.type();
    failure.non_retryable = info.non_retryable();
    failure.details = json_of(info.details());
    if (info.has_next_retry_delay())
      failure.next_retry_delay = duration_of(info.next_retry_delay());
  } else if (wire.has_timeout_failure_info()) {
    failure.kind = FailureKind::timeout;
    failure.type = timeout_name(wire.timeout_failure_info().timeout_type());
    failure.details = json_of(wire.timeout_failure_info().last_heartbeat_details());
  } else if (wire.has_canceled_failure_info()) {
    failure.kind = FailureKind::cancelled;
    failure.type = "cancelled";
    failure.details = json_of(wire.canceled_failure_info().details());
  } else if (wire.has_terminated_failure_info()) {
    failure.kind = FailureKind::terminated;
    failure.type = "terminated";
  } else if (wire.has_server_failure_info()) {
    failure.kind = FailureKind::server;
    failure.type = "server";
    failure.non_retryable = wire.server_failure_info().non_retryable();
  } else if (wire.has_activity_failure_info()) {
    failure.type = wire.activity_failure_info().activity_type().name();
    failure.retry_state = retry_state_name(wire.activity_failure_info().retry_state());
  } else if (wire.has_child_workflow_execution_failure_info()) {
    const auto& info = wire.child_workflow_execution_failure_info();
    failure.type = info.workflow_type().name();
    failure.retry_state = retry_state_name(info.retry_state());
  }
  if (wire.has_cause() && depth < cause_depth_max) {
    failure.cause = std::make_shared<const Failure>(failure_at_depth(wire.cause(), depth + 1));
  }
  return failure;
}

void set_failure_at_depth(wire_failure::Failure& wire, const Failure& failure, int depth) {
  wire.set_message(failure.message);
  wire.set_source("sluice");
  wire.set_stack_trace(failure.stack_trace);
  if (failure.kind == FailureKind::cancelled) {
    auto* info = wire.mutable_canceled_failure_info();
    if (!failure.details.empty())
      set_payload(*info->mutable_details()->add_payloads(), failure.details);
  } else {
    auto* info = wire.mutable_application_failure_info();
    info->set_type(failure.type);
    info->set_non_retryable(failure.non_retryable);
    if (!failure.details.empty())
      set_payload(*info->mutable_details()->add_payloads(), failure.details);
    if (failure.next_retry_delay)
      set_duration(*info->mutable_next_retry_delay(), *failure.next_retry_delay);
  }
  if (failure.cause && depth < cause_depth_max) {
    set_failure_at_depth(*wire.mutable_cause(), *failure.cause, depth + 1);
  }
}

}  // namespace

void set_payload(wire_common::Payload& payload, std::string json) {
  (*payload.mutable_metadata())[encoding_key] = "json/plain";
  payload.set_data(std::move(json));
}

std::string json_of(const wire_common::Payload& payload) {
  const auto encoding = payload.metadata().find(encoding_key);
  const std::string name = encoding == payload.metadata().end() ? "" : encoding->second;
  if (name == "json/plain" || name == "json/protobuf") return payload.data();
  if (name == "binary/null" || payload.data().empty()) return "null";
  return boost::json::serialize(boost::json::string(payload.data()));
}

std::string json_of(const wire_common::Payloads& payloads) {
  return payloads.payloads_size() == 0 ? std::string() : json_of(payloads.payloads(0));
}

void set_failure(wire_failure::Failure& wire, const Failure& failure) {
  set_failure_at_depth(wire, failure, 0);
}

Failure failure_of(const wire_failure::Failure& wire) { return failure_at_depth(wire, 0); }

Failure unwrapped_failure_of(const wire_failure::Failure& wire) {
  const bool is_envelope =
      wire.has_activity_failure_info() || wire.has_child_workflow_execution_failure_info();
  if (!is_envelope || !wire.has_cause()) return failure_of(wire);
  Failure failure = failure_of(wire.cause());
  failure.retry_state = failure_of(wire).retry_state;
  return failure;
}

std::string text_of(const std::source_location& where) {
  const std::string_view path = where.file_name();
  return std::string(path.substr(path.rfind('/') + 1)) + ":" + std::to_string(where.line()) + " " +
         where.function_name();
}

void set_duration(google::protobuf::Duration& wire, std::chrono::milliseconds duration) {
  wire.set_seconds(duration.count() / 1'000);
  wire.set_nanos(static_cast<std::int32_t>(duration.count() % 1'000) * 1'000'000);
}

std::chrono::milliseconds duration_of(const google::protobuf::Duration& wire) {
  return std::chrono::milliseconds(wire.seconds() * 1'000 + wire.nanos() / 1'000'000);
}

Micros micros_of(const google::protobuf::Timestamp& wire) {
  return wire.seconds() * 1'000'000 + wire.nanos() / 1'000;
}

}  // namespace sluice::temporal
