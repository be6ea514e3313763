#pragma once

#include "base/error_code.h"

namespace sluice {

/// The codes that several rooms share. docs/errors.md lists them.
#define SLUICE_BASE_CODES(CODE)                                                         \
  CODE(bad_setting, "A setting has a value that cannot be used.")                       \
  CODE(cancelled, "The work was stopped before it was done.")                           \
  CODE(disk_full, "The disk has no room left for what has to be written.")              \
  CODE(file_too_large, "A file that Sluice reads for itself is larger than it may be.") \
  CODE(internal_error, "Something is broken in Sluice itself.")                         \
  CODE(io_error, "The operating system could not read or write a file.")                \
  CODE(path_not_found, "A file or folder that should be there is not.")                 \
  CODE(path_not_writable, "Sluice may not read or write a file or folder.")
SLUICE_ERROR_CODES(BaseCode, SLUICE_BASE_CODES)

}  // namespace sluice
