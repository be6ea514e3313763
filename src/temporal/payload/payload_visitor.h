#pragma once

// Inside this room only.

#include <google/protobuf/message.h>

#include "base/result.h"
#include "temporal/payload_codec.h"

namespace sluice::temporal {

/// Every payload in the message, however deep, but for those of search attributes. `codec` may be
/// null: then nothing happens. `workflow_id`: whose they are, where no message around them says it.
void encode_payloads(const PayloadCodec* codec, google::protobuf::Message& message,
                     const std::string& workflow_id);
/// Error `payload_codec` where one cannot be decoded; the message is then useless.
Result<void> decode_payloads(const PayloadCodec* codec, google::protobuf::Message& message,
                             const std::string& workflow_id);
/// Which workflow a request is about; empty where it does not say.
std::string workflow_id_in(const google::protobuf::Message& message);

}  // namespace sluice::temporal
