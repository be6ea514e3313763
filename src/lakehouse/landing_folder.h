#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"
#include "storage/temporary_folders.h"

namespace sluice::lakehouse {

/// Where this process writes files that are to become tables: a folder of its own, held by a lock
/// that the kernel drops with the process, so that what a killed one left is swept by the next, and
/// by any that goes on living, without a clock. Threads: safe for concurrent use.
class LandingFolder {
 public:
  /// Makes `parent` and a folder in it, and sweeps those of dead processes.
  static Result<LandingFolder> open(const std::filesystem::path& parent);

  /// A path that no other call is given. Makes the folder again where somebody deleted it, and
  /// sweeps once more.
  Result<std::filesystem::path> new_path(const std::string& table_name) const;

 private:
  LandingFolder(std::filesystem::path parent, storage::TemporaryFolder own)
      : parent_(std::move(parent)), own_(std::move(own)) {}
  std::filesystem::path parent_;
  storage::TemporaryFolder own_;
};

}  // namespace sluice::lakehouse
