#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <vector>

#include "base/result.h"
#include "ingest/json/json_reader.h"
#include "ingest/write/rejects.h"

namespace sluice::ingest {

/// Lines of NDJSON that are no records.
struct WrongLines {
  std::vector<Reject> rejects;
  std::vector<ByteRange> ranges;  ///< Their bytes, in order; what is left reads without them.
};

/// Looks at each line alone, for a file that could not be read because of its syntax: a record is a
/// line, and one that is no object (`not_json`, `not_an_object`) goes to the rejects. Empty where
/// that cannot be told: records go over lines, more lines are wrong than right, or one is too long
/// to be shown. Errors: `rejects_too_many`; of the file.
Result<std::optional<WrongLines>> find_wrong_lines(const std::filesystem::path& path,
                                                   std::optional<std::int64_t> rejects_max,
                                                   const std::stop_token& stop);

}  // namespace sluice::ingest
