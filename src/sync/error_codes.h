#pragma once

#include "base/error_code.h"

namespace sluice::sync {

/// The codes of this room's errors. docs/errors.md lists them.
#define SLUICE_SYNC_CODES(CODE)                                                      \
  CODE(bad_continuation, "What a workflow's run before handed over cannot be read.") \
  CODE(bad_want, "A sync request cannot be read.")                                   \
  CODE(lakehouse_answer_invalid, "The MCP server's answer is none that this worker knows.")
SLUICE_ERROR_CODES(Code, SLUICE_SYNC_CODES)

}  // namespace sluice::sync
