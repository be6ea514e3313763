#pragma once

#include "base/error_code.h"

namespace sluice::cli {

/// The codes of this room's errors. docs/errors.md lists them.
#define SLUICE_CLI_CODES(CODE)                                                               \
  CODE(bad_answer, "The server's answer is not one of Sluice's.")                            \
  CODE(unexpected_status, "The server answered with an HTTP status and no problem of ours.") \
  CODE(upload_failed, "The file arrived, but could not be ingested.")
SLUICE_ERROR_CODES(Code, SLUICE_CLI_CODES)

}  // namespace sluice::cli
