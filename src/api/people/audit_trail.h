#pragma once

#include "api/context.h"
#include "api/operations.h"

namespace sluice::api {

/// Whether what this operation does stands in its tenant's audit log: what changes or administers.
/// Pieces of an upload do not; its beginning does.
bool is_audited(const DescribedOperation& described);

/// Writes a line once the answer is there, also where that comes later.
http::Response with_audit(Context& context, const DescribedOperation& described,
                          const http::Request& request, const auth::Principal& principal,
                          http::Response response);

}  // namespace sluice::api
