#pragma once

#include <optional>

#include "http/message.h"
#include "mcp/server.h"

namespace sluice::mcp {

/// The checks before the body is read, in order: Host and Origin (403), key (401), Content-Type
/// (415), Accept (406). A Response refuses the request.
std::optional<http::Response> gate(const ServerOptions& options, const http::Request& request);

/// True when the Accept header lets this media type through; an absent header lets all.
bool accepts(const http::Request& request, std::string_view type);

}  // namespace sluice::mcp
