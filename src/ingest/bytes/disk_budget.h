#pragma once

#include <cstdint>
#include <functional>

#include "base/result.h"

namespace sluice::ingest {

/// Asked now and then before so many bytes more are written; its error ends the work. Empty: there
/// is room.
using RoomCheck = std::function<Result<void>(std::uint64_t bytes)>;

}  // namespace sluice::ingest
