#pragma once

#include <filesystem>

namespace sluice::lakehouse {

/// Removes what lies in `folder` and was not written to for six hours: a file being written is
/// younger, so that its process has died. What cannot be removed is logged, and tried again at the
/// next call. Any number of processes may do so at a time.
void sweep_leftovers(const std::filesystem::path& folder);

}  // namespace sluice::lakehouse
