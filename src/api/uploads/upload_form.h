#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "api/answered.h"
#include "api/context.h"
#include "ingest/options.h"
#include "intake/eager_conversion.h"
#include "storage/dataset_files.h"
#include "storage/streamed_file.h"

namespace sluice::api {

/// A multipart form that was received: the file on disk, the fields in memory.
struct UploadForm {
  storage::TemporaryFile file;  ///< Gone at the end of this object's life.
  std::string file_name;        ///< As the client calls it: a label.
  std::string name;
  std::string description;
  ingest::IngestOptions options;
  std::unique_ptr<intake::EagerConversion> eager;  ///< Null: nothing was begun.
};

/// Goes on with one of the places for uploads, which is to be held until the answer. Waits for it
/// before the first byte of the body is read, so that a client that is told to come back
/// (`uploads_busy`) has lost nothing.
http::Response as_upload(Context& context, PlacedHandler receive);

/// What an upload may take of the disk.
storage::DiskBudget disk_budget_of(const Context& context);

/// A stream into the new file `path`, within that.
Result<storage::StreamedFile> stream_to(const Context& context, const std::filesystem::path& path);

/// The server's limit on the body, as the one that a person knows by name; another error as it is.
Error named_limit(Error error, const std::string& limit, std::uint64_t bytes_max);

/// Streams the form to disk in constant memory, telling `running` how far it is. Blocks as long as
/// the client sends. Errors:
/// `file_missing`, `file_twice`, `field_unknown`, `upload_too_large`, `disk_full`, and those of
/// multipart.
Result<UploadForm> receive_upload_form(Context& context, http::Request& request,
                                       intake::RunningUpload& running);

/// Streams the whole body of records to a temporary file. Errors: `body_too_large`, `disk_full`.
Result<storage::TemporaryFile> receive_body(Context& context, http::Request& request);

}  // namespace sluice::api
