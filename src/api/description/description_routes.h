#pragma once

#include <string>
#include <vector>

#include "http/message.h"

namespace sluice::api {

/// Serves the description of the API, as tools/openapi.py made it. Wants no token; 421 where the
/// Host is neither loopback's nor one of `hosts`.
http::Handler get_openapi(std::vector<std::string> hosts);

/// The page that shows it, and what that is made of. As above.
http::Handler get_docs(std::vector<std::string> hosts);
http::Handler get_docs_file(std::vector<std::string> hosts);

/// The description itself: what the tests read.
std::string openapi_json();

}  // namespace sluice::api
