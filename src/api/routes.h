#pragma once

#include <string>
#include <vector>

#include "api/context.h"
#include "http/router.h"

namespace sluice::api {

/// What a route takes to be used.
enum class Permission {
  none,      ///< Nothing: it says nothing of anybody.
  internal,  ///< The key that Sluice's parts share.
  read,      ///< Any token. Such a route changes nothing of the tenant's.
  write,     ///< A token of scope full.
};

struct RoutePermission {
  std::string method;
  std::string pattern;
  Permission permission = Permission::write;
};

/// 403 `token_read_only`.
Error read_only();

/// Every route of docs/api.md but /health and /metrics, which the main adds. A new one is a row in
/// routes.cc, its handler in handlers.h, and a row in docs/api.md, with which
/// route_permissions_test.cc compares the permissions. The context must outlive the server.
void add_routes(http::Router& router, Context& context);
/// The same, with what each takes.
std::vector<RoutePermission> route_permissions();

/// Whoever has no valid token ends here: 401, the same for none, malformed and unknown.
Result<auth::Principal> authenticate(Context& context, const http::Request& request);

/// In whose line a request waits, as far as it is known without asking the store; else empty.
std::string owner_hint(const Context& context, const http::Request& request);

}  // namespace sluice::api
