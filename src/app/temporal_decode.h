#pragma once

#include <memory>
#include <string>

#include "http/router.h"
#include "temporal/payload_codec.h"

namespace sluice::app {

/// `POST /temporal/decode` with `Authorization: Bearer TOKEN`, for Temporal's command line, and
/// `POST /temporal/{token}/decode` for its page, whose browser sends no such header: payloads
/// opened for whoever shows the token. Any web page may ask, for only the token counts.
void add_temporal_decode(http::Router& router, std::shared_ptr<const temporal::PayloadCodec> codec,
                         std::string token);

}  // namespace sluice::app
