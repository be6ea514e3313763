#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>

#include "base/files.h"
#include "base/result.h"

namespace sluice::storage {

/// One owner's folder `{parent}/{hex}/` and its lock, `{parent}/{hex}.lock`, held while this lives.
/// The destructor removes both. The rule for sharing `parent` between processes is in
/// dataset_files.h.
class TemporaryFolder {
 public:
  /// Makes a folder of our own below `parent`, mode 0700.
  static Result<TemporaryFolder> claim(const std::filesystem::path& parent);
  TemporaryFolder(TemporaryFolder&& other) noexcept = default;
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;
  ~TemporaryFolder();
  const std::filesystem::path& path() const { return path_; }
  /// Makes it again where somebody deleted it, with its lock. Thread-safe.
  Result<void> ensure() const;
  /// The folder stays in the end, as of a process that died.
  void leave() { left_ = true; }

 private:
  TemporaryFolder(std::filesystem::path path, std::filesystem::path lock_path, FileDescriptor lock)
      : path_(std::move(path)), lock_path_(std::move(lock_path)), lock_(std::move(lock)) {}
  std::filesystem::path path_;
  std::filesystem::path lock_path_;
  std::unique_ptr<std::mutex> ensuring_ = std::make_unique<std::mutex>();
  mutable FileDescriptor lock_;
  bool left_ = false;
};

/// Removes every folder below `parent` whose lock nobody holds, and anything there that has no lock
/// file. `last_look` is called for each folder of a dead owner before; its error keeps that folder
/// for the next sweep.
Result<void> sweep_temporary_folders(
    const std::filesystem::path& parent,
    const std::function<Result<void>(const std::filesystem::path&)>& last_look);

}  // namespace sluice::storage
