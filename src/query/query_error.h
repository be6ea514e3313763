#pragma once

#include <string>

#include "base/error.h"
#include "query/error_codes.h"

namespace sluice::query {

/// Every error of a query is made here, so that kind and code stay in step on both sides of a
/// worker's socket. A code that is not of a query, as a broken worker may send, is `internal`.
Error query_error(ErrorCode code, std::string detail, std::string remedy = {});

Error query_cancelled();
/// Why a query did not get a place: too many wait, or its time ran out.
Error queue_is_full();
Error waited_too_long();

}  // namespace sluice::query
