#include "base/list_folder.h"

namespace sluice {

Result<std::vector<std::filesystem::path>> list_folder(const std::filesystem::path& folder) {
  // Not by a range-for, whose ++ throws.
  std::error_code code;
  std::filesystem::directory_iterator entry(folder, code);
  std::vector<std::filesystem::path> paths;
  for (; !code && entry != std::filesystem::directory_iterator(); entry.increment(code)) {
    paths.push_back(entry->path());
  }
  if (code) return fail(error_from_errno(code.value(), "Cannot list", folder.string()));
  return paths;
}

}  // namespace sluice
