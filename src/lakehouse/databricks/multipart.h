#pragma once

#include <cstdint>
#include <string>

#include "lakehouse/databricks/files_api.h"

namespace sluice::lakehouse::databricks {

/// Uploads in parts to presigned addresses of the cloud's storage (the Files API's
/// `initiate-upload`, `create-upload-part-urls`, `complete-upload`), several at a time. A part that
/// breaks or whose address ran out is sent again by itself. False where this workspace's cloud or
/// network does not do it: then one PUT is left. On an error the upload is aborted.
Result<bool> upload_in_parts(Rest& rest, const VolumeUpload& upload, std::uint64_t bytes,
                             CallCount& calls);

/// A path for a URL: each segment encoded, the slashes kept.
std::string encoded_path(const std::string& path);

}  // namespace sluice::lakehouse::databricks
