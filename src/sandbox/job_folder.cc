#include "sandbox/job_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "base/ids.h"
#include "sandbox/error_codes.h"
#include "sandbox/lock_in.h"

namespace sluice::sandbox {

Result<JobFolder> JobFolder::make(const std::filesystem::path& parent) {
  std::filesystem::path path = parent / ("job-" + random_hex(8));
  int made = ::mkdir(path.c_str(), 0700);
  if (made != 0 && errno == ENOENT) {  // Somebody cleaned up under us.
    TRY(create_folders(parent));
    made = ::mkdir(path.c_str(), 0700);
  }
  if (made != 0) return fail(error_from_errno(errno, "Cannot make", path.string()));
  JobFolder folder(std::move(path), FileDescriptor());
  folder.folder_ =
      FileDescriptor(::open(folder.path_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder.folder_ ||
      (::geteuid() == 0 && ::fchown(folder.folder_.get(), nobody_uid, nobody_uid) != 0)) {
    return fail(error_from_errno(errno, "Cannot give a worker", folder.path_.string()));
  }
  return folder;
}

JobFolder::JobFolder(JobFolder&& other) noexcept
    : path_(std::exchange(other.path_, {})), folder_(std::move(other.folder_)) {}

JobFolder::~JobFolder() {
  std::error_code ignored;  // What cannot be removed goes with the sweep of the folder above.
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

Result<FileDescriptor> JobFolder::descriptor() const {
  FileDescriptor copy(::fcntl(folder_.get(), F_DUPFD_CLOEXEC, 0));
  if (!copy) return fail(error_from_errno(errno, "Cannot open", path_.string()));
  return copy;
}

Result<bool> JobFolder::take(const std::string& name, const std::filesystem::path& target) const {
  const FileDescriptor file(
      ::openat(folder_.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (!file && errno == ENOENT) return false;
  struct stat info {};
  if (!file || ::fstat(file.get(), &info) != 0) {
    return fail(error_from_errno(errno, "Cannot take over", "a worker's file"));
  }
  if (!S_ISREG(info.st_mode) || info.st_nlink != 1) {
    return fail(Errc::internal, Code::worker_output, "A worker left what is no file of its own.");
  }
  if ((::geteuid() == 0 && ::fchown(file.get(), ::geteuid(), ::getegid()) != 0) ||
      ::fchmod(file.get(), 0600) != 0 ||
      ::renameat(folder_.get(), name.c_str(), AT_FDCWD, target.c_str()) != 0) {
    return fail(error_from_errno(errno, "Cannot take over", target.string()));
  }
  return true;
}

}  // namespace sluice::sandbox
