#pragma once

#include <cstdint>
#include <string>

#include "lakehouse/databricks/files_api.h"

namespace sluice::lakehouse::databricks {

/// Uploads to presigned addresses of the cloud's storage, as the Files API's `initiate-upload`
/// says: in parts, several at a time (`create-upload-part-urls`, `complete-upload`), where one that
/// breaks or whose address ran out is sent again by itself; or piece after piece
/// (resumable_upload.h). False where this workspace or network does not do it: then one PUT is
/// left. On an error the upload is aborted.
Result<bool> upload_in_parts(Rest& rest, const VolumeUpload& upload, std::uint64_t bytes,
                             CallCount& calls);

/// A path for a URL: each segment encoded, the slashes kept.
std::string encoded_path(const std::string& path);

}  // namespace sluice::lakehouse::databricks
