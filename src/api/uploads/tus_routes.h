#pragma once

#include <string_view>

#include "api/context.h"
#include "http/message.h"

namespace sluice::api {

/// The protocol's version (tus resumable upload protocol 1.0.0,
/// https://tus.io/protocols/resumable-upload).
inline constexpr std::string_view tus_protocol_version = "1.0.0";

/// Wraps a route of the protocol: refuses other versions (412) and says ours in every answer,
/// errors included.
http::Handler with_tus(http::Handler handler);

/// The answer to OPTIONS: what this server can. Needs no token, for it says nothing of anybody.
http::Response tus_options(const Context& context);

}  // namespace sluice::api
