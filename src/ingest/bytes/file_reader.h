#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/files.h"
#include "base/result.h"

namespace sluice::ingest {

/// Calls `use` with the file's bytes in order, in pieces of some 256 KiB that die with the call.
/// Ends at the first error, and with `cancelled` when stopped.
Result<void> read_pieces(const std::filesystem::path& path, const std::stop_token& stop,
                         const std::function<Result<void>(std::string_view)>& use);

/// The first `bytes_max` bytes, or all where there are fewer; `whole` says which.
struct Head {
  std::string bytes;
  bool whole = true;
};
Result<Head> read_head(const std::filesystem::path& path, std::size_t bytes_max);

/// Opens for reading; path_of() then names the file without its own name, whose `*`, `[` or
/// `key=value` DuckDB would take for a pattern or a partition.
Result<FileDescriptor> open_file(const std::filesystem::path& path);

Error cancelled();

}  // namespace sluice::ingest
