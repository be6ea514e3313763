#include "lakehouse/landing_folder.h"

#include "base/files.h"
#include "base/ids.h"

namespace sluice::lakehouse {
namespace {

Result<void> sweep(const std::filesystem::path& parent) {
  return storage::sweep_temporary_folders(
      parent, [](const std::filesystem::path&) { return Result<void>(); });
}

}  // namespace

Result<LandingFolder> LandingFolder::open(const std::filesystem::path& parent) {
  TRY(create_folders(parent));
  TRY_ASSIGN(storage::TemporaryFolder own, storage::TemporaryFolder::claim(parent));
  TRY(sweep(parent));
  return LandingFolder(parent, std::move(own));
}

Result<std::filesystem::path> LandingFolder::new_path(const std::string& table_name) const {
  TRY(own_.ensure());
  TRY(sweep(parent_));
  return own_.path() / (table_name + "-" + random_hex(8) + ".part");
}

}  // namespace sluice::lakehouse
