#include "storage/dataset_files.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include "base/ascii.h"
#include "base/fault_points.h"
#include "base/ids.h"
#include "storage/error_codes.h"

namespace sluice::storage {
namespace {

constexpr char announced_suffix[] = ".announced";
constexpr std::string_view parquet_suffix = ".parquet";
constexpr std::string_view source_suffix = ".source";
/// Characters before `.parquet`: far below NAME_MAX (255), ample for a UUID, a version and a hash.
constexpr std::size_t stem_bytes_max = 121;
constexpr std::size_t suffix_bytes_max = 32;

bool is_name_char(char c) { return is_alphanumeric(c) || c == '.' || c == '_' || c == '-'; }

tl::unexpected<Error> bad_name() {
  // The name is the caller's and may be anything, so it is not repeated.
  return fail(Errc::invalid_argument, Code::storage_file_name,
              "That is not the name of a dataset file.",
              "Use a flat name such as {dataset_id}.parquet.");
}

tl::unexpected<Error> no_such_file(std::string_view file_name) {
  return fail(Errc::not_found, Code::storage_file_not_found,
              "No dataset file " + std::string(file_name) + ".");
}

/// Opens beneath `folder`, never through a symbolic link. ENOSYS and EPERM (an old kernel, a
/// seccomp filter that does not know openat2) fall back to O_NOFOLLOW, which is as strict for a
/// checked flat name.
int open_beneath(int folder, const std::string& name) {
  // O_NONBLOCK: a FIFO that somebody put there must not hang us before fstat refuses it.
  constexpr int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  open_how how{};
  how.flags = static_cast<decltype(how.flags)>(flags);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  const long fd = ::syscall(SYS_openat2, folder, name.c_str(), &how, sizeof how);
  if (fd >= 0 || (errno != ENOSYS && errno != EPERM)) return static_cast<int>(fd);
  return ::openat(folder, name.c_str(), flags);
}

}  // namespace

bool is_dataset_file_name(std::string_view name) {
  const std::string_view suffix = name.ends_with(source_suffix) ? source_suffix : parquet_suffix;
  if (!name.ends_with(suffix)) return false;
  const std::string_view stem = name.substr(0, name.size() - suffix.size());
  return !stem.empty() && stem.size() <= stem_bytes_max && is_alphanumeric(stem.front()) &&
         std::all_of(stem.begin(), stem.end(), is_name_char) &&
         name.find("..") == std::string_view::npos;
}

bool is_parquet_file_name(std::string_view name) {
  return name.ends_with(parquet_suffix) && is_dataset_file_name(name);
}

TemporaryFile::TemporaryFile(TemporaryFile&& other) noexcept
    : path_(std::exchange(other.path_, {})) {}

TemporaryFile& TemporaryFile::operator=(TemporaryFile&& other) noexcept {
  if (this != &other) {
    discard();
    path_ = std::exchange(other.path_, {});
  }
  return *this;
}

TemporaryFile::~TemporaryFile() { discard(); }

void TemporaryFile::discard() {
  if (!path_.empty()) ::unlink(path_.c_str());
  path_.clear();
}

Result<std::unique_ptr<DatasetFiles>> DatasetFiles::open(const std::filesystem::path& root) {
  std::error_code code;
  const std::filesystem::path absolute = std::filesystem::absolute(root, code).lexically_normal();
  if (code) return fail(error_from_errno(code.value(), "Cannot resolve", root.string()));
  const std::filesystem::path temporary_parent = absolute / "tmp";
  TRY(create_folders(temporary_parent));
  for (const std::filesystem::path& folder : {absolute, temporary_parent}) {
    if (::chmod(folder.c_str(), 0700) != 0) {
      return fail(error_from_errno(errno, "Cannot set the mode of", folder.string()));
    }
  }
  FileDescriptor folder(::open(absolute.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return fail(error_from_errno(errno, "Cannot open", absolute.string()));
  TRY_ASSIGN(TemporaryFolder temporary, TemporaryFolder::claim(temporary_parent));
  std::unique_ptr<DatasetFiles> files(
      new DatasetFiles(absolute, std::move(folder), std::move(temporary)));
  TRY(sweep_temporary_folders(temporary_parent, [&files](const std::filesystem::path& dead) {
    return files->take_over(dead);
  }));
  return files;
}

Result<void> DatasetFiles::take_over(const std::filesystem::path& dead_folder) {
  std::error_code code;
  for (std::filesystem::directory_iterator it(dead_folder, code), end; !code && it != end;
       it.increment(code)) {
    if (it->path().extension() != announced_suffix) continue;
    const std::string name = it->path().stem().string();
    if (!is_parquet_file_name(name)) continue;
    TRY(announce(name));
    unsettled_.push_back(name);
  }
  // A lock file without its folder: a crash between the two.
  if (code && code != std::errc::no_such_file_or_directory) {
    return fail(error_from_errno(code.value(), "Cannot list", dead_folder.string()));
  }
  return {};
}

Result<void> DatasetFiles::announce(std::string_view file_name) const {
  TRY(path_of(file_name));
  TRY(temporary_.ensure());
  const std::filesystem::path marker =
      temporary_.path() / (std::string(file_name) + announced_suffix);
  const FileDescriptor fd(::open(marker.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  if (!fd) return fail(error_from_errno(errno, "Cannot create", marker.string()));
  return {};
}

DatasetFiles::~DatasetFiles() {
  for (const std::string& name : unsettled_) {
    if (std::error_code code;
        std::filesystem::exists(temporary_.path() / (name + announced_suffix), code)) {
      temporary_.leave();
    }
  }
}

Result<bool> DatasetFiles::is_announced_elsewhere(std::string_view file_name) const {
  const std::string marker = std::string(file_name) + announced_suffix;
  std::error_code code;
  for (std::filesystem::directory_iterator it(root_ / "tmp", code), end; !code && it != end;
       it.increment(code)) {
    std::error_code ignored;
    if (it->path() != temporary_.path() && std::filesystem::exists(it->path() / marker, ignored)) {
      return true;
    }
  }
  if (code) return fail(error_from_errno(code.value(), "Cannot list", root_.string()));
  return false;
}

void DatasetFiles::settle(std::string_view file_name) const {
  // One that stays is looked at by the next process, which finds the name in the database.
  ::unlink((temporary_.path() / (std::string(file_name) + announced_suffix)).c_str());
}

Result<TemporaryFile> DatasetFiles::make_temporary(std::string_view suffix) const {
  if (suffix.size() > suffix_bytes_max ||
      !std::all_of(suffix.begin(), suffix.end(), is_name_char)) {
    return fail(Errc::invalid_argument, Code::storage_suffix, "That is no suffix of a file name.");
  }
  TRY(temporary_.ensure());
  return TemporaryFile(temporary_.path() / (random_hex(8) + std::string(suffix)));
}

Result<TemporaryFile> DatasetFiles::adopt(const std::filesystem::path& path) const {
  TRY_ASSIGN(TemporaryFile file, make_temporary(source_suffix));
  if (::link(path.c_str(), file.path().c_str()) == 0) return file;
  std::error_code code;
  std::filesystem::copy_file(path, file.path(), code);
  if (code) return fail(error_from_errno(code.value(), "Cannot copy", path.string()));
  return file;
}

Result<void> DatasetFiles::publish(TemporaryFile&& file, std::string_view file_name) const {
  const TemporaryFile owned(std::move(file));
  if (owned.path().empty()) {
    return fail(Errc::internal, Code::storage_published_twice, "The temporary file is spent.");
  }
  TRY_ASSIGN(const std::filesystem::path target, path_of(file_name));
  TRY(fsync_file(owned.path()));
  FAULT_POINT("storage_before_rename");
  // A hard link fails where the name is taken, atomically; rename would replace in silence. The
  // temporary name goes when `owned` does.
  if (::link(owned.path().c_str(), target.c_str()) != 0) {
    const int saved_errno = errno;
    if (saved_errno == EEXIST) {
      return fail(Errc::conflict, Code::storage_file_exists,
                  "The dataset file " + std::string(file_name) + " exists and never changes.",
                  "Publish under a new name.");
    }
    if (saved_errno != EPERM && saved_errno != EOPNOTSUPP && saved_errno != EMLINK) {
      return fail(error_from_errno(saved_errno, "Cannot link to", target.string()));
    }
    // No hard links here (some network and FUSE file systems): a check and a rename.
    if (std::error_code code; std::filesystem::exists(target, code)) {
      return fail(Errc::conflict, Code::storage_file_exists,
                  "The dataset file " + std::string(file_name) + " exists and never changes.",
                  "Publish under a new name.");
    }
    return publish_file(owned.path(), target);
  }
  FAULT_POINT("storage_after_rename");
  Result<void> durable = fsync_folder(root_);
  if (!durable) ::unlink(target.c_str());
  return durable;
}

Result<void> DatasetFiles::replace(TemporaryFile&& file, std::string_view file_name) const {
  const TemporaryFile owned(std::move(file));
  TRY_ASSIGN(const std::filesystem::path target, path_of(file_name));
  return publish_file(owned.path(), target);
}

Result<FileDescriptor> DatasetFiles::open_for_reading(std::string_view file_name) const {
  if (!is_dataset_file_name(file_name)) return bad_name();
  FileDescriptor fd(open_beneath(folder_.get(), std::string(file_name)));
  if (!fd) {
    // ELOOP and EXDEV: a symbolic link or a way out; to the caller there is no such file.
    if (errno == ENOENT || errno == ELOOP || errno == EXDEV || errno == ENXIO) {
      return no_such_file(file_name);
    }
    return fail(error_from_errno(errno, "Cannot open", file_name));
  }
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) {
    return fail(error_from_errno(errno, "Cannot inspect", file_name));
  }
  if (!S_ISREG(status.st_mode)) return no_such_file(file_name);
  return fd;
}

Result<std::filesystem::path> DatasetFiles::path_of(std::string_view file_name) const {
  if (!is_dataset_file_name(file_name)) return bad_name();
  return root_ / std::string(file_name);
}

Result<void> DatasetFiles::remove(std::string_view file_name) const {
  if (!is_dataset_file_name(file_name)) return bad_name();
  if (::unlinkat(folder_.get(), std::string(file_name).c_str(), 0) != 0 && errno != ENOENT) {
    return fail(error_from_errno(errno, "Cannot remove", file_name));
  }
  return {};
}

Result<std::vector<std::string>> DatasetFiles::list() const {
  std::vector<std::string> names;
  std::error_code code;
  for (std::filesystem::directory_iterator it(root_, code), end; !code && it != end;
       it.increment(code)) {
    std::string name = it->path().filename().string();
    if (is_dataset_file_name(name)) names.push_back(std::move(name));
  }
  if (code) return fail(error_from_errno(code.value(), "Cannot list", root_.string()));
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::uint64_t> DatasetFiles::free_bytes() const {
  struct statvfs status {};
  if (::fstatvfs(folder_.get(), &status) != 0) {
    return fail(error_from_errno(errno, "Cannot read the free space of", root_.string()));
  }
  return static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize;
}

}  // namespace sluice::storage
