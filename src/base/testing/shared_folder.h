#pragma once

#include <filesystem>

namespace sluice {

/// A folder of inputs for tests that are kept outside the repository: `named`, what the environment
/// says (null: nothing), else `../shared/name` beside the checkout. `testdata` is a room's, by
/// which the checkout is found. It need not be there: a test that misses it is skipped, and says
/// so.
inline std::filesystem::path shared_folder(const char* named, const char* name,
                                           const std::filesystem::path& testdata) {
  if (named != nullptr) return named;
  const std::filesystem::path checkout = testdata.parent_path().parent_path().parent_path();
  return checkout / ".." / "shared" / name;  // The compiler may know the checkout as `../..`.
}

}  // namespace sluice
