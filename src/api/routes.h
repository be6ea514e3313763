#pragma once

#include "api/context.h"
#include "http/router.h"

namespace sluice::api {

/// Every route of docs/api.md but /health and /metrics, which the main adds.
void add_routes(http::Router& router, Context& context);

/// The whole Request without a valid token ends here: 401, the same for none, malformed and
/// unknown.
Result<auth::Principal> authenticate(Context& context, const http::Request& request);

}  // namespace sluice::api
