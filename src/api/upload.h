#pragma once

#include <string>

#include "api/context.h"
#include "storage/dataset_files.h"

namespace sluice::api {

/// A multipart form received: the file on disk, the fields in memory.
struct Upload {
  storage::TemporaryFile file;  ///< Gone at the end of this object's life.
  std::string file_name;        ///< As the client calls it: a label.
  std::string name;
  std::string description;
};

/// The place that an upload holds until it is answered; taken before the first byte of its body is read, so that a
/// client that is told to come back has lost nothing. `resource_exhausted` (`uploads_busy`).
Result<Slot> upload_slot(Context& context);

/// Streams the form to disk in constant memory. Errors: `file_missing`, `file_twice`, `field_unknown`,
/// `upload_too_large`, and those of multipart and disk.
Result<Upload> receive_upload(Context& context, http::Request& request);

/// Streams the whole body to a temporary file.
Result<storage::TemporaryFile> receive_body(Context& context, http::Request& request);

}  // namespace sluice::api
