#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace sluice::query {

/// Every error of a query is made here, so that kind and code stay in step on both sides of a
/// worker's socket.
Error query_error(std::string_view code, std::string detail, std::string remedy = {});

Error query_cancelled();
/// Why a query did not get a place: too many wait, or its time ran out.
Error queue_is_full();
Error waited_too_long();

}  // namespace sluice::query
