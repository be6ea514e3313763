#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/files.h"
#include "base/result.h"
#include "storage/streamed_file.h"

namespace sluice::storage {

/// A partial file held alone: by flock, so that neither another thread nor another process has it,
/// and a process that dies lets go of it. Movable.
class PartialFile {
 public:
  PartialFile(PartialFile&&) noexcept = default;
  const std::filesystem::path& path() const { return path_; }
  Result<std::uint64_t> size() const;
  /// Cuts what lies behind; `size` is at most the file's.
  Result<void> truncate(std::uint64_t size);
  /// fsync of what any process wrote.
  Result<void> sync() const;
  /// Appends to the file; this object must outlive the stream.
  Result<StreamedFile> append(DiskBudget budget) const;
  /// The name is gone once this returns; space goes with the last descriptor.
  Result<void> remove();

 private:
  friend class PartialFiles;
  PartialFile(std::filesystem::path path, FileDescriptor lock)
      : path_(std::move(path)), lock_(std::move(lock)) {}
  std::filesystem::path path_;
  FileDescriptor lock_;
};

/// The folder of files that arrive over several requests, `{data}/storage/uploads/`: flat, mode
/// 0700, one `{uuid}.part` each. Unlike DatasetFiles' `tmp/` nothing here is swept when a process
/// dies: that is what the files are for. A file that is not there is one of 0 bytes.
///
/// Threads: all methods may be called concurrently, by several processes too.
class PartialFiles {
 public:
  static Result<std::unique_ptr<PartialFiles>> open(const std::filesystem::path& root);
  PartialFiles(const PartialFiles&) = delete;
  PartialFiles& operator=(const PartialFiles&) = delete;

  /// Makes the file where there is none, durably. `unavailable` (`upload_locked`) while somebody
  /// else holds it.
  Result<PartialFile> lock(std::string_view id) const;
  /// What really lies on the disk; grows while somebody appends.
  Result<std::uint64_t> size(std::string_view id) const;

  struct Entry {
    std::string id;
    Micros changed_at_us = 0;
  };
  Result<std::vector<Entry>> list() const;

 private:
  explicit PartialFiles(std::filesystem::path root) : root_(std::move(root)) {}
  std::filesystem::path path_of(std::string_view id) const;
  std::filesystem::path root_;
};

}  // namespace sluice::storage
