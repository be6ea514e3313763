#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice {

/// Owns a file descriptor; closes it. Movable, not copyable.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.release()) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  ~FileDescriptor();
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() {
    const int fd = fd_;
    fd_ = -1;
    return fd;
  }

 private:
  int fd_ = -1;
};

/// `/proc/self/fd/N`: the file by its descriptor, without its own name, which a reader may take for
/// a pattern, or not be let through to.
std::string path_of(const FileDescriptor& file);

/// The whole file; refused as too_large above `bytes_max`.
Result<std::string> read_file(const std::filesystem::path& path, std::size_t bytes_max = 1 << 26);

/// Writes all of `bytes` to an open descriptor, going on after short writes and EINTR.
Result<void> write_all(int fd, std::string_view bytes, std::string_view path_for_errors);

/// Makes the file's bytes, or a folder's entries, survive power loss. A failed fsync is never tried
/// again: the kernel may have dropped the pages (PostgreSQL's "fsyncgate", 2018); the caller throws
/// the file away.
Result<void> fsync_file(const std::filesystem::path& path);
Result<void> fsync_folder(const std::filesystem::path& folder);

/// Temporary file beside the target → write → fsync → rename → fsync of the folder. `mode` as in
/// chmod. On failure the target is as it was and no temporary file is left.
Result<void> write_file_atomic(const std::filesystem::path& path, std::string_view bytes,
                               unsigned mode = 0644);

/// The same for a file that must not be there: true if this call made it, false if somebody had.
Result<bool> create_file_atomic(const std::filesystem::path& path, std::string_view bytes,
                                unsigned mode = 0644);

/// fsync of `temporary`, rename onto `target`, fsync of the target's folder.
Result<void> publish_file(const std::filesystem::path& temporary,
                          const std::filesystem::path& target);

Result<void> create_folders(const std::filesystem::path& folder);

}  // namespace sluice
