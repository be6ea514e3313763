#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "base/files.h"
#include "base/result.h"

namespace sluice::storage {

/// How often a stream looks at the free space and has what it wrote carried to the disk.
inline constexpr std::uint64_t stream_step_bytes = 8 << 20;

/// What a stream may take of the disk.
struct DiskBudget {
  /// Free space now, as DatasetFiles::free_bytes.
  std::function<Result<std::uint64_t>()> free_bytes;
  /// Must stay free, whatever arrives: a full disk stops the metadata, the sync and everybody else.
  std::uint64_t free_bytes_min = 0;

  /// `resource_exhausted` (`disk_full`, which says how much is missing) where `bytes` more would
  /// leave less than that.
  Result<void> check(std::uint64_t bytes) const;
};

/// A file written from its end on by a stream of any length, in constant memory. Used by one
/// thread.
class StreamedFile {
 public:
  /// `offset` is where the descriptor stands: the bytes that lie before the first write.
  StreamedFile(FileDescriptor fd, std::string path, std::uint64_t offset, DiskBudget budget)
      : fd_(std::move(fd)),
        path_(std::move(path)),
        bytes_(offset),
        started_(offset),
        checked_(offset),
        budget_(std::move(budget)) {}

  /// Fails as DiskBudget::check does before a disk gets full; what was written until then stays.
  Result<void> write(std::string_view bytes);
  /// fsync. After a failure the content is unknown: throw the file away (base/files.h).
  Result<void> sync();
  /// Of the whole file.
  std::uint64_t bytes() const { return bytes_; }

 private:
  FileDescriptor fd_;
  std::string path_;
  std::uint64_t bytes_;
  std::uint64_t started_;  ///< Up to here the kernel was told to write.
  std::uint64_t checked_;  ///< Up to here there was room when we looked.
  DiskBudget budget_;
};

}  // namespace sluice::storage
