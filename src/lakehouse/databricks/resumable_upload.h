#pragma once

#include <cstdint>
#include <string>

#include "base/retry_policy.h"
#include "lakehouse/databricks/files_api.h"

namespace sluice::lakehouse::databricks {

/// Of a piece that broke, as of a part (multipart.cc).
inline constexpr RetryPolicy piece_retries{.first_interval = std::chrono::milliseconds(1'000),
                                           .max_interval = std::chrono::milliseconds(8'000),
                                           .attempts = 5};

/// Uploads to one presigned address of Google's storage, piece after piece (the Files API's
/// `create-resumable-upload-url`; cloud.google.com/storage/docs/performing-resumable-uploads). The
/// storage says how far it came (308 with `Range`), and after a break it is asked and goes on from
/// there. False where nothing of it arrived: a firewall before the storage, perhaps; then one PUT
/// is left. On an error the upload is given up, and nothing of it is seen.
Result<bool> upload_resumably(Rest& rest, const VolumeUpload& upload, std::uint64_t bytes,
                              const std::string& session, CallCount& calls,
                              const RetryPolicy& retries = piece_retries);

}  // namespace sluice::lakehouse::databricks
