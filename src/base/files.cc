#include "base/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

#include "base/error_codes.h"
#include "base/ids.h"
#include "base/scoped_path.h"

namespace sluice {

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = other.release();
  }
  return *this;
}

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) ::close(fd_);
}

std::string path_of(const FileDescriptor& file) {
  return "/proc/self/fd/" + std::to_string(file.get());
}

Result<std::string> read_file(const std::filesystem::path& path, std::size_t bytes_max) {
  FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return fail(error_from_errno(errno, "Cannot open", path.string()));
  std::string bytes;
  char buffer[1 << 16];
  for (;;) {
    const ssize_t got = ::read(fd.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(error_from_errno(errno, "Cannot read", path.string()));
    if (got == 0) return bytes;
    bytes.append(buffer, static_cast<std::size_t>(got));
    if (bytes.size() > bytes_max) {
      return fail(Errc::too_large, BaseCode::file_too_large,
                  path.string() + " is larger than " + std::to_string(bytes_max) + " bytes.");
    }
  }
}

Result<void> write_all(int fd, std::string_view bytes, std::string_view path_for_errors) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return fail(error_from_errno(errno, "Cannot write", path_for_errors));
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return {};
}

namespace {

Result<void> fsync_path(const std::filesystem::path& path, int flags) {
  FileDescriptor fd(::open(path.c_str(), flags | O_CLOEXEC));
  if (!fd) return fail(error_from_errno(errno, "Cannot open", path.string()));
  if (::fsync(fd.get()) != 0) return fail(error_from_errno(errno, "Cannot fsync", path.string()));
  return {};
}

}  // namespace

Result<void> fsync_file(const std::filesystem::path& path) { return fsync_path(path, O_RDONLY); }

Result<void> fsync_folder(const std::filesystem::path& folder) {
  return fsync_path(folder, O_RDONLY | O_DIRECTORY);
}

Result<void> publish_file(const std::filesystem::path& temporary,
                          const std::filesystem::path& target) {
  TRY(fsync_file(temporary));
  if (::rename(temporary.c_str(), target.c_str()) != 0) {
    return fail(error_from_errno(errno, "Cannot rename to", target.string()));
  }
  return fsync_folder(target.parent_path());
}

namespace {

Result<void> write_new_file(const std::filesystem::path& path, std::string_view bytes,
                            unsigned mode) {
  const FileDescriptor fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (!fd) return fail(error_from_errno(errno, "Cannot create", path.string()));
  return write_all(fd.get(), bytes, path.string());
}

}  // namespace

Result<void> write_file_atomic(const std::filesystem::path& path, std::string_view bytes,
                               unsigned mode) {
  const ScopedPath temporary(path.string() + ".tmp-" + random_hex(6));
  TRY(write_new_file(temporary.path(), bytes, mode));
  return publish_file(temporary.path(), path);
}

Result<bool> create_file_atomic(const std::filesystem::path& path, std::string_view bytes,
                                unsigned mode) {
  const ScopedPath temporary(path.string() + ".tmp-" + random_hex(6));
  TRY(write_new_file(temporary.path(), bytes, mode));
  TRY(fsync_file(temporary.path()));
  // link(2), for rename(2) would replace what another process made in between.
  if (::link(temporary.path().c_str(), path.c_str()) != 0) {
    if (errno == EEXIST) return false;
    return fail(error_from_errno(errno, "Cannot create", path.string()));
  }
  TRY(fsync_folder(path.parent_path()));
  return true;
}

Result<void> create_folders(const std::filesystem::path& folder) {
  std::error_code code;
  std::filesystem::create_directories(folder, code);
  if (code) return fail(error_from_errno(code.value(), "Cannot create folder", folder.string()));
  return {};
}

}  // namespace sluice
