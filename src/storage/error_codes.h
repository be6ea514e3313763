#pragma once

#include "base/error_code.h"

namespace sluice::storage {

/// The codes of this room's errors. docs/errors.md lists them.
#define SLUICE_STORAGE_CODES(CODE)                                                      \
  CODE(data_damaged, "A stored file is not what was written.")                          \
  CODE(file_not_found, "There is no stored file of this name.")                         \
  CODE(source_damaged, "The stored original is not what was uploaded.")                 \
  CODE(storage_file_exists, "A stored file of this name exists, and is never changed.") \
  CODE(storage_file_name, "That is not the name of a stored file.")                     \
  CODE(storage_file_not_found, "The storage folder has no file of this name.")          \
  CODE(storage_published_twice, "A temporary file was to be published twice.")          \
  CODE(storage_suffix, "That is not a suffix that a stored file may have.")             \
  CODE(storage_temporary_folder, "No folder for temporary files could be claimed.")     \
  CODE(upload_id, "That is not the id of a resumable upload.")                          \
  CODE(upload_locked, "Another request is working on this upload.")                     \
  CODE(verify_deadline, "The time was up while a stored file was being verified.")      \
  CODE(zstd_failed, "An original could not be packed.")
SLUICE_ERROR_CODES(Code, SLUICE_STORAGE_CODES)

}  // namespace sluice::storage
