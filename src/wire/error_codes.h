#pragma once

#include "base/error_code.h"

namespace sluice::wire {

/// The codes of this room's errors. docs/errors.md lists them.
#define SLUICE_WIRE_CODES(CODE)                        \
  CODE(bad_json, "A text that should be JSON is not.") \
  CODE(json_mismatch, "JSON does not have the fields or types that are expected.")
SLUICE_ERROR_CODES(Code, SLUICE_WIRE_CODES)

}  // namespace sluice::wire
