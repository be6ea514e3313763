#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/files.h"
#include "base/result.h"
#include "storage/dataset_files.h"

namespace sluice::storage {

/// The digests of an original: of the upload's bytes, and of our packed form where it was packed.
struct SourceDigests {
  std::string sha256;
  std::string packed_sha256;
};

/// Originals are stored as they came, and packed with zstd later: the content stays what it was,
/// and so does the name. A file that is packed already (gzip, zstd, zip, Parquet, …) is left as it
/// is, so a stored file whose size is not that of the upload was packed by us.
///
/// Reads `file_name` to the end, and replaces it by its packed form where that is smaller, at once
/// or not at all. `record` is called before, so that whatever lies there has a known digest at any
/// moment. `sha256` is what is known of the upload's bytes; where they are others, `data_damaged`.
/// Constant memory. A file that was packed before is not to be given. `cancelled` when stopped.
Result<void> settle_source(const DatasetFiles& files, std::string_view file_name,
                           std::string_view sha256,
                           const std::function<Result<void>(const SourceDigests&)>& record,
                           const std::stop_token& stop);

/// Gives the upload's bytes, in pieces that die with the call. `source_bytes` is the upload's size;
/// `data_damaged` where the file, a packed one too, has not as many.
Result<void> read_source(const FileDescriptor& file, std::string_view file_name,
                         std::int64_t source_bytes,
                         const std::function<Result<void>(std::string_view)>& use);

}  // namespace sluice::storage
