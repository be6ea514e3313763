#include "metadata/sql/reserve.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>

#include "base/files.h"
#include "base/ids.h"

namespace sluice::metadata {
namespace {

constexpr std::uint64_t free_times_min = 4;
constexpr std::uint64_t piece_bytes = 64 << 10;

/// Where the file system cannot allocate: bytes that it cannot pack into nothing.
Result<void> fill(int fd, std::uint64_t bytes, const std::filesystem::path& path) {
  for (std::uint64_t done = 0; done < bytes; done += piece_bytes) {
    TRY(write_all(fd, random_hex(piece_bytes / 2), path.string()));
  }
  return {};
}

}  // namespace

Result<void> Reserve::restock() {
  if (bytes_ == 0) return {};
  const std::lock_guard lock(mutex_);
  const FileDescriptor file(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  struct stat info {};
  struct statvfs disk {};
  if (!file || ::fstat(file.get(), &info) != 0 || ::fstatvfs(file.get(), &disk) != 0) {
    return fail(error_from_errno(errno, "Cannot open", path_.string()));
  }
  if (static_cast<std::uint64_t>(info.st_size) >= bytes_ ||
      disk.f_bavail * disk.f_frsize < free_times_min * bytes_) {
    return {};
  }
  if (::fallocate(file.get(), 0, 0, static_cast<off_t>(bytes_)) == 0) return {};
  const int why = errno;
  Result<void> filled = why == EOPNOTSUPP
                            ? fill(file.get(), bytes_, path_)
                            : fail(error_from_errno(why, "Cannot fill", path_.string()));
  // A part of it holds space and is never taken for the whole.
  if (!filled) static_cast<void>(::ftruncate(file.get(), 0));
  return filled;
}

bool Reserve::give_up() {
  const std::lock_guard lock(mutex_);
  struct stat info {};
  if (bytes_ == 0 || ::stat(path_.c_str(), &info) != 0 || info.st_size == 0) return false;
  return ::truncate(path_.c_str(), 0) == 0;
}

}  // namespace sluice::metadata
