#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/files.h"
#include "base/result.h"

namespace sluice::storage {

/// The SHA-256 of what the disk holds, past the page cache where the file system can (O_DIRECT):
/// what lies in memory says nothing of the disk, and should not make room for what is read once.
/// `pace` is told the size of each piece, and its error ends the reading. `data_damaged` where the
/// disk cannot read it.
Result<std::string> disk_digest(const FileDescriptor& file, std::string_view name,
                                const std::function<Result<void>(std::size_t)>& pace);

}  // namespace sluice::storage
