#pragma once

#include <cstdint>
#include <optional>

#include "api/context.h"
#include "api/uploads/tus_checksum.h"

namespace sluice::api {

/// One PATCH of tus 1.0.0, or the body of a POST that creates.
struct Chunk {
  std::uint64_t offset = 0;             ///< Where the client says that it begins.
  std::optional<TusChecksum> checksum;  ///< Without one, what arrives before a client dies is kept.
};

/// How many bytes of the upload are there for good: what its file holds, but for a chunk whose
/// checksum is not yet known to be right.
Result<std::uint64_t> offset_of(const Context& context, const metadata::UploadRecord& upload);

/// Streams the body behind what is there, fsyncs it, and gives the new offset; at the last byte the
/// upload waits to be ingested. Holds the upload's file meanwhile, and blocks as long as the client
/// sends. What UploadIngester::is_complete finds after a crash rests on the order at the end:
/// fsync, then `unchecked_from` is cleared, then the upload is marked received. Errors:
/// `upload_locked` (423), `upload_offset` (409), `upload_length` (413), `upload_checksum_mismatch`
/// (460), `disk_full` (507), `upload_not_found`, those of the body.
Result<std::uint64_t> receive_chunk(Context& context, http::Request& request,
                                    const metadata::UploadRecord& begun, Chunk chunk);

/// The upload has all its bytes, fsynced: it may be ingested from now on. Whoever calls it wakes
/// the ingester.
Result<void> mark_received(Context& context, const metadata::UploadRecord& upload);

/// When an upload for which something arrived just now expires.
Micros expiry_of(const Context& context);

}  // namespace sluice::api
