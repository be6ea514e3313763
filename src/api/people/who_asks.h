#pragma once

#include <string>

#include "accounts/accounts.h"
#include "api/context.h"
#include "api/people/peer.h"

namespace sluice::api {

/// Who sent the request: by its `Authorization: Bearer`, and where it has none by a browser's
/// cookies. Of a request that changes something a cookie is not enough: 403 `csrf_failed` without
/// the token that only the page's own script can read. 401 for whoever has nothing that is valid.
Result<auth::Principal> authenticate(Context& context, const http::Request& request);

/// In whose line a request waits, as far as it is known without asking the store; else empty.
std::string owner_hint(const Context& context, const http::Request& request);

/// The same of the request's address and of its id, for the room below.
accounts::Caller caller_of(const Context& context, const http::Request& request);

/// 403 `csrf_failed`.
Error csrf_failed();

}  // namespace sluice::api
