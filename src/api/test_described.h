#pragma once

#include <string>

#include "http/client.h"

namespace sluice::api {

/// Fails the running test where the answer is not one that the description has for the operation:
/// its status, and of a problem its code. What no operation is (404, 405) is not looked at.
void expect_described(const std::string& method, const std::string& path,
                      const http::ClientResponse& response);

}  // namespace sluice::api
