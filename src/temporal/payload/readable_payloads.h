#pragma once

#include <string>

#include "base/result.h"
#include "temporal/payload_codec.h"

namespace sluice::temporal {

// Payloads for people, opened. Pure: no I/O, no state. It opens secrets for any caller: who may ask
// is app/temporal_decode.h's to check. A request names no workflow, so that the seal's binding
// to its workflow's id is not checked here.

/// What Temporal asks of a codec server at `/decode`: `{"payloads": [{"metadata": …, "data": …}]}`
/// with base64 in it, and the same decoded. Payloads that the codec did not make stay as they are.
/// Error `invalid_argument` (`bad_payloads`).
Result<std::string> decode_payloads_json(const PayloadCodec& codec, const std::string& body);

/// A history as Client::history_json gives it, with the JSON of each payload in the payload's
/// place.
Result<std::string> readable_history(const std::string& history_json);

}  // namespace sluice::temporal
