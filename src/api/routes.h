#pragma once

#include <span>
#include <string>
#include <vector>

#include "api/context.h"
#include "api/operations.h"
#include "http/router.h"

namespace sluice::api {

/// What the program serves of the description, and the Host names that what wants no token answers
/// to besides loopback's.
struct ServiceRoutes {
  http::Handler health;   ///< On an io thread.
  http::Handler metrics;  ///< On an io thread.
  std::vector<std::string> hosts;
};

/// 403 `token_read_only`.
Error read_only();

/// Whether these permissions are enough for an operation that wants that one.
bool may(auth::Permissions permissions, Permission wanted);

/// Every operation of the description: what it takes is said there, what does it in
/// operation_handlers.cc. A new one is a path in openapi/, a handler in handlers.h and a case
/// there. The context must outlive the server.
void add_routes(http::Router& router, Context& context, const ServiceRoutes& service);

/// Whoever has no valid token ends here: 401, the same for none, malformed and unknown.
Result<auth::Principal> authenticate(Context& context, const http::Request& request);

/// In whose line a request waits, as far as it is known without asking the store; else empty.
std::string owner_hint(const Context& context, const http::Request& request);

}  // namespace sluice::api
