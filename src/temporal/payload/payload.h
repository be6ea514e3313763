#pragma once

// Inside this room only: between our plain types and Temporal's messages. Payloads are JSON text
// (`json/plain`).

#include <chrono>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "temporal/failure.h"

namespace google::protobuf {
class Duration;
class Timestamp;
}  // namespace google::protobuf
namespace temporal::api::common::v1 {
class Payload;
class Payloads;
}  // namespace temporal::api::common::v1
namespace temporal::api::failure::v1 {
class Failure;
}

namespace sluice::temporal {

namespace wire_common = ::temporal::api::common::v1;
namespace wire_failure = ::temporal::api::failure::v1;

void set_payload(wire_common::Payload& payload, std::string json);
/// JSON text. What no JSON encoding made (`binary/null`) reads as `null`; other encodings as a JSON
/// string of theirs.
std::string json_of(const wire_common::Payload& payload);
/// The first payload; empty where there is none.
std::string json_of(const wire_common::Payloads& payloads);

void set_failure(wire_failure::Failure& wire, const Failure& failure);
Failure failure_of(const wire_failure::Failure& wire);
/// The failure of an activity or a child without the envelope that only says which one it was.
Failure unwrapped_failure_of(const wire_failure::Failure& wire);

void set_duration(google::protobuf::Duration& wire, std::chrono::milliseconds duration);
std::chrono::milliseconds duration_of(const google::protobuf::Duration& wire);
Micros micros_of(const google::protobuf::Timestamp& wire);

}  // namespace sluice::temporal
