#include "storage/partial_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/ids.h"
#include "storage/error_codes.h"
#include "storage/locked_file.h"

namespace sluice::storage {
namespace {

constexpr std::string_view suffix = ".part";

}  // namespace

Result<std::uint64_t> PartialFile::size() const {
  struct stat status {};
  if (::fstat(lock_.get(), &status) != 0) {
    return fail(error_from_errno(errno, "Cannot inspect", path_.string()));
  }
  return static_cast<std::uint64_t>(status.st_size);
}

Result<void> PartialFile::truncate(std::uint64_t size) {
  if (::ftruncate(lock_.get(), static_cast<off_t>(size)) != 0) {
    return fail(error_from_errno(errno, "Cannot truncate", path_.string()));
  }
  return {};
}

Result<void> PartialFile::sync() const {
  if (::fsync(lock_.get()) != 0)
    return fail(error_from_errno(errno, "Cannot fsync", path_.string()));
  return {};
}

Result<StreamedFile> PartialFile::append(DiskBudget budget) const {
  FileDescriptor fd(::open(path_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW));
  if (!fd) return fail(error_from_errno(errno, "Cannot open", path_.string()));
  TRY_ASSIGN(const std::uint64_t offset, size());
  return StreamedFile(std::move(fd), path_.string(), offset, std::move(budget));
}

Result<void> PartialFile::remove() {
  if (::unlink(path_.c_str()) != 0 && errno != ENOENT) {
    return fail(error_from_errno(errno, "Cannot remove", path_.string()));
  }
  return {};
}

Result<std::unique_ptr<PartialFiles>> PartialFiles::open(const std::filesystem::path& root) {
  TRY(create_folders(root));
  if (::chmod(root.c_str(), 0700) != 0) {
    return fail(error_from_errno(errno, "Cannot set the mode of", root.string()));
  }
  return std::unique_ptr<PartialFiles>(new PartialFiles(root));
}

std::filesystem::path PartialFiles::path_of(std::string_view id) const {
  return root_ / (std::string(id) + std::string(suffix));
}

Result<PartialFile> PartialFiles::lock(std::string_view id) const {
  if (!is_uuid(id))
    return fail(Errc::invalid_argument, Code::upload_id, "That is no id of an upload.");
  const std::filesystem::path path = path_of(id);
  FileDescriptor fd = lock_file(path, O_CREAT);
  if (!fd && errno == ENOENT) {
    // Somebody deleted the folder: what is begun from now on needs one.
    TRY(create_folders(root_));
    fd = lock_file(path, O_CREAT);
  }
  if (!fd && errno == EWOULDBLOCK) {
    return fail(Errc::unavailable, Code::upload_locked,
                "Another request is working on this upload.", "Try again in a moment.");
  }
  if (!fd) return fail(error_from_errno(errno, "Cannot open", path.string()));
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) {
    return fail(error_from_errno(errno, "Cannot inspect", path.string()));
  }
  // An empty one may be new: its name must last as long as the bytes that are promised under it.
  if (status.st_size == 0) TRY(fsync_folder(root_));
  return PartialFile(path, std::move(fd));
}

Result<std::uint64_t> PartialFiles::size(std::string_view id) const {
  if (!is_uuid(id))
    return fail(Errc::invalid_argument, Code::upload_id, "That is no id of an upload.");
  struct stat status {};
  if (::lstat(path_of(id).c_str(), &status) == 0) return static_cast<std::uint64_t>(status.st_size);
  if (errno == ENOENT) return std::uint64_t{0};
  return fail(error_from_errno(errno, "Cannot inspect", path_of(id).string()));
}

Result<std::vector<PartialFiles::Entry>> PartialFiles::list() const {
  std::vector<Entry> entries;
  std::error_code code;
  for (std::filesystem::directory_iterator it(root_, code), end; !code && it != end;
       it.increment(code)) {
    const std::string id = it->path().stem().string();
    struct stat status {};
    if (it->path().extension() != suffix || !is_uuid(id) ||
        ::lstat(it->path().c_str(), &status) != 0) {
      continue;
    }
    entries.push_back({id, Micros{status.st_mtim.tv_sec} * 1'000'000});
  }
  if (code) return fail(error_from_errno(code.value(), "Cannot list", root_.string()));
  return entries;
}

}  // namespace sluice::storage
