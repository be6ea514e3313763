#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "http/message.h"

namespace sluice::api {

/// The HTTP status of an error; docs/api.md lists them.
int http_status(const Error& error);

/// The problem's document. `instance` is the id of what failed. This is where errors become public:
/// an internal one's detail is left out (the body only says where to look), of the others paths of
/// the machine (public_error_text.h). It does not log: `answered` does.
std::string problem_json(const Error& error, int status, std::string_view instance);

/// `application/problem+json` (RFC 9457); `instance` is the request id.
http::Response problem_response(const Error& error, int status, std::string_view request_id);

}  // namespace sluice::api
