#pragma once

#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>

#include "base/result.h"
#include "ingest/sniff.h"

namespace sluice::ingest {

/// Unpacks `from` into the new file `to` in constant memory. Errors: `archive_damaged`,
/// `inflate_ratio_max` and `disk_full` by name.
Result<void> inflate_file(const std::filesystem::path& from, const std::filesystem::path& to,
                          Compression compression, const std::stop_token& stop);

/// Writes `from`, text in an encoding that iconv knows, to the new file `to` as UTF-8. Errors:
/// `encoding_unknown`, `encoding_invalid` with the byte; nothing is replaced or left out.
Result<void> transcode_file(const std::filesystem::path& from, const std::filesystem::path& to,
                            const std::string& encoding, const std::stop_token& stop);

}  // namespace sluice::ingest
