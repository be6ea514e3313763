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
/// The same of any permission: `permission_missing` where it is not `write`.
Error missing(Permission permission);

/// Whether these permissions are enough for an operation that wants that one.
bool may(auth::Permissions permissions, Permission wanted);

/// Every operation of the description: what it takes is said there, what does it in
/// operation_handlers.cc. A new one is a path in openapi/, a handler in handlers.h and a case
/// there. The context must outlive the server.
void add_routes(http::Router& router, Context& context, const ServiceRoutes& service);

}  // namespace sluice::api
