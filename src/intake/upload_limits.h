#pragma once

#include <cstddef>
#include <cstdint>

namespace sluice::intake {

/// A name is a label in lists and makes the table's name.
inline constexpr std::size_t name_bytes_max = 255;
inline constexpr std::size_t description_bytes_max = 8 << 10;
/// `Upload-Metadata` as sent: the server takes 32 KiB of headers in all.
inline constexpr std::size_t upload_metadata_bytes_max = 16 << 10;
/// Times that a complete upload is begun to be ingested: one that takes the process with it must
/// not do so for ever.
inline constexpr std::int64_t upload_attempts_max = 5;

}  // namespace sluice::intake
