#pragma once

#include "base/error_code.h"

namespace sluice::intake {

/// The codes of this room's errors. docs/errors.md lists them.
#define SLUICE_INTAKE_CODES(CODE)                                                            \
  CODE(bad_upload_metadata, "`Upload-Metadata` is malformed.")                               \
  CODE(description_too_long, "The description is too long.")                                 \
  CODE(file_changed, "A file changed while the scrubber read it.")                           \
  CODE(name_missing, "The dataset has no name.")                                             \
  CODE(name_not_text, "A name or description is not UTF-8 text without control characters.") \
  CODE(name_too_long, "The name is too long.")                                               \
  CODE(profile_gave_up, "No profile could be made after several attempts.")                  \
  CODE(upload_gave_up, "Ingesting was begun several times, and never came to an end.")       \
  CODE(upload_lost, "Bytes of the upload are missing on the disk.")                          \
  CODE(upload_metadata_too_long, "`Upload-Metadata` is too long.")                           \
  CODE(upload_metadata_twice, "`Upload-Metadata` has a key twice.")                          \
  CODE(upload_metadata_unknown, "`Upload-Metadata` has a key that is not known.")            \
  CODE(upload_not_begun, "The ingest of an upload has not begun.")
SLUICE_ERROR_CODES(Code, SLUICE_INTAKE_CODES)

}  // namespace sluice::intake
