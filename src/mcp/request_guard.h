#pragma once

#include <optional>

#include "http/message.h"
#include "mcp/server.h"

namespace sluice::mcp {

/// The checks before the body is read, in order: Host and Origin (403), key (401), Content-Type
/// (415), Accept (406). Empty: it may go on. Pure; nothing else stands between the tools and
/// whoever reaches the port.
std::optional<http::Response> refusal_of(const ServerOptions& options,
                                         const http::Request& request);

/// True when the Accept header lets this media type through; an absent header lets all.
bool accepts(const http::Request& request, std::string_view type);

}  // namespace sluice::mcp
