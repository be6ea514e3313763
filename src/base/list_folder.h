#pragma once

#include <filesystem>
#include <vector>

#include "base/result.h"

namespace sluice {

/// What lies in a folder, as paths, in no order. Error: `not_found` where there is no such folder;
/// anything else means that nobody knows what is in it.
Result<std::vector<std::filesystem::path>> list_folder(const std::filesystem::path& folder);

}  // namespace sluice
