#pragma once

#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "ingest/bytes/disk_budget.h"
#include "ingest/bytes/format_detection.h"
#include "ingest/bytes/unpacked_file.h"

namespace sluice::ingest {

// Both block, on one thread, and remove nothing: the caller does, where they fail.

/// Unpacks `from`, which is packed, into the new file `to` in constant memory. Errors:
/// `archive_damaged`, `inflate_ratio_too_high`, `inflate_window_too_large`, those of the room.
Result<void> inflate_file(const std::filesystem::path& from, const std::filesystem::path& to,
                          Compression compression, const InflateBounds& bounds,
                          const std::stop_token& stop);

/// Writes `from`, text in an encoding that iconv knows, to the new file `to` as UTF-8. Errors:
/// `encoding_unknown`, `encoding_invalid` with the byte; nothing is replaced or left out, but where
/// the text `is_cut` the begun character at its end.
Result<void> transcode_file(const std::filesystem::path& from, const std::filesystem::path& to,
                            const std::string& encoding, const RoomCheck& room,
                            const std::stop_token& stop, bool is_cut = false);

/// The same with the first of `encodings` in which all of the file means something; gives its name.
Result<std::string> transcode_file(const std::filesystem::path& from,
                                   const std::filesystem::path& to,
                                   const std::vector<std::string>& encodings, const RoomCheck& room,
                                   const std::stop_token& stop, bool is_cut);

}  // namespace sluice::ingest
