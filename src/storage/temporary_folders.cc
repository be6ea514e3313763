#include "storage/temporary_folders.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <vector>

#include "base/ids.h"
#include "storage/error_codes.h"
#include "storage/locked_file.h"

namespace sluice::storage {
namespace {

constexpr int claim_tries = 16;
constexpr char lock_suffix[] = ".lock";

}  // namespace

Result<TemporaryFolder> TemporaryFolder::claim(const std::filesystem::path& parent) {
  for (int i = 0; i < claim_tries; ++i) {
    const std::filesystem::path path = parent / random_hex(8);
    const std::filesystem::path lock_path = path.string() + lock_suffix;
    // The lock before the folder: a folder without a lock file is nobody's.
    FileDescriptor lock = lock_file(lock_path, O_CREAT | O_EXCL);
    if (!lock) {
      if (errno == ENOSPC || errno == EACCES || errno == EROFS) {
        return fail(error_from_errno(errno, "Cannot create", lock_path.string()));
      }
      continue;
    }
    if (::mkdir(path.c_str(), 0700) != 0) {
      const int saved_errno = errno;
      ::unlink(lock_path.c_str());
      return fail(error_from_errno(saved_errno, "Cannot create folder", path.string()));
    }
    return TemporaryFolder(path, lock_path, std::move(lock));
  }
  return fail(Errc::unavailable, Code::storage_temporary_folder,
              "No temporary folder could be claimed below " + parent.string() + ".", "Try again.");
}

Result<void> TemporaryFolder::ensure() const {
  const std::lock_guard guard(*ensuring_);
  struct stat status {};
  if (::stat(path_.c_str(), &status) == 0 && ::stat(lock_path_.c_str(), &status) == 0) return {};
  TRY(create_folders(path_.parent_path()));
  if (::stat(lock_path_.c_str(), &status) != 0) {
    FileDescriptor lock = lock_file(lock_path_, O_CREAT | O_EXCL);
    if (!lock) return fail(error_from_errno(errno, "Cannot create", lock_path_.string()));
    lock_ = std::move(lock);
  }
  if (::mkdir(path_.c_str(), 0700) != 0 && errno != EEXIST) {
    return fail(error_from_errno(errno, "Cannot create folder", path_.string()));
  }
  return {};
}

TemporaryFolder::~TemporaryFolder() {
  if (!lock_ || left_) return;
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
  ::unlink(lock_path_.c_str());
}

Result<void> sweep_temporary_folders(
    const std::filesystem::path& parent,
    const std::function<Result<void>(const std::filesystem::path&)>& last_look) {
  std::error_code code;
  std::vector<std::filesystem::path> entries;
  for (std::filesystem::directory_iterator it(parent, code), end; !code && it != end;
       it.increment(code)) {
    entries.push_back(it->path());
  }
  if (code) return fail(error_from_errno(code.value(), "Cannot list", parent.string()));
  for (const std::filesystem::path& entry : entries) {
    const bool is_lock = entry.extension() == lock_suffix;
    std::filesystem::path folder = entry;
    if (is_lock) folder.replace_extension();
    const std::filesystem::path lock_path = folder.string() + lock_suffix;
    std::error_code ignored;
    struct stat status {};
    if (::lstat(lock_path.c_str(), &status) != 0) {
      if (errno == ENOENT && !is_lock) std::filesystem::remove_all(folder, ignored);
      continue;
    }
    const FileDescriptor lock = lock_file(lock_path, 0);
    if (!lock) continue;  // Its owner lives.
    TRY(last_look(folder));
    std::filesystem::remove_all(folder, ignored);
    ::unlink(lock_path.c_str());
  }
  return {};
}

}  // namespace sluice::storage
