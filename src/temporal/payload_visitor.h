#pragma once

// Inside this room only.

#include <google/protobuf/message.h>

#include "base/result.h"
#include "temporal/payload_codec.h"

namespace sluice::temporal {

/// Every payload in the message, however deep, but for those of search attributes. `codec` may be
/// null: then nothing happens.
void encode_payloads(const PayloadCodec* codec, google::protobuf::Message& message);
/// Error `payload_codec` where one cannot be decoded; the message is then useless.
Result<void> decode_payloads(const PayloadCodec* codec, google::protobuf::Message& message);

}  // namespace sluice::temporal
