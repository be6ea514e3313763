#pragma once

#include <functional>
#include <stop_token>
#include <string_view>

#include "base/result.h"
#include "storage/dataset_files.h"

namespace sluice::storage {

/// Originals are stored as they came, and packed with zstd later: the content stays what it was,
/// and so does the name. A file that is packed already (gzip, zstd, zip, Parquet, …) is left as it
/// is, so a stored file whose size is not that of the upload was packed by us.
///
/// Replaces `file_name` by its packed form, at once or not at all; true where that was done.
/// Constant memory. Doing it again changes nothing. `cancelled` when stopped.
Result<bool> pack_source(const DatasetFiles& files, std::string_view file_name,
                         const std::stop_token& stop);

/// Gives the upload's bytes, in pieces that die with the call. `source_bytes` is the upload's size.
Result<void> read_source(const DatasetFiles& files, std::string_view file_name,
                         std::int64_t source_bytes,
                         const std::function<Result<void>(std::string_view)>& use);

}  // namespace sluice::storage
