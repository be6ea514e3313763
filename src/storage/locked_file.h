#pragma once

#include <filesystem>

#include "base/files.h"

namespace sluice::storage {

/// Opens the file (0600 where `flags` has O_CREAT) and takes its flock, which the kernel drops when
/// the last owner of the descriptor dies. Empty where that fails, with errno: EWOULDBLOCK where
/// somebody else holds it, or had just removed it.
FileDescriptor lock_file(const std::filesystem::path& path, int flags);

}  // namespace sluice::storage
