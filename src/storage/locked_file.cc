#include "storage/locked_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>

namespace sluice::storage {
namespace {

/// True while `path` still names the file that `fd` has open: another holder may have unlinked it
/// between our open and our flock.
bool still_linked(int fd, const std::filesystem::path& path) {
  struct stat of_fd {};
  struct stat of_path {};
  return ::fstat(fd, &of_fd) == 0 && ::lstat(path.c_str(), &of_path) == 0 &&
         of_fd.st_dev == of_path.st_dev && of_fd.st_ino == of_path.st_ino;
}

}  // namespace

FileDescriptor lock_file(const std::filesystem::path& path, int flags) {
  FileDescriptor fd(::open(path.c_str(), flags | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd || ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) return {};
  if (!still_linked(fd.get(), path)) {
    fd = FileDescriptor();
    errno = EWOULDBLOCK;
  }
  return fd;
}

}  // namespace sluice::storage
