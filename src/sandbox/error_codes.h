#pragma once

#include "base/error_code.h"

namespace sluice::sandbox {

/// The codes of this room's errors. docs/errors.md lists them.
#define SLUICE_SANDBOX_CODES(CODE)                                                              \
  CODE(file_unreadable,                                                                         \
       "The process that read the file broke, or needed more memory or time than it may take.") \
  CODE(order_too_large, "A job for a worker names more files or text than it may.")             \
  CODE(sandbox_failed, "A worker could not be locked in, so it did not start its work.")        \
  CODE(worker_killed,                                                                           \
       "A worker was killed from outside, for example by the kernel when memory ran out.")      \
  CODE(worker_output, "A worker did not leave the file that it was to make.")                   \
  CODE(worker_unavailable, "No worker process could be started in time.")
SLUICE_ERROR_CODES(Code, SLUICE_SANDBOX_CODES)

}  // namespace sluice::sandbox
