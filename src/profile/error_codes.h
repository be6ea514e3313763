#pragma once

#include "base/error_code.h"

namespace sluice::profile {

/// The codes of this room's errors. docs/errors.md lists them.
#define SLUICE_PROFILE_CODES(CODE) CODE(profile_rows, "A statement of a profile gave no row.")
SLUICE_ERROR_CODES(Code, SLUICE_PROFILE_CODES)

}  // namespace sluice::profile
