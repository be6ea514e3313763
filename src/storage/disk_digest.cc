#include "storage/disk_digest.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>

#include "base/hash.h"
#include "storage/verified_files.h"

namespace sluice::storage {
namespace {

constexpr std::size_t piece_bytes = std::size_t{256} << 10U;
/// What O_DIRECT wants of memory, offsets and sizes, on any disk.
constexpr std::size_t aligned_to = 4096;

}  // namespace

Result<std::string> disk_digest(const FileDescriptor& file, std::string_view name,
                                const std::function<Result<void>(std::size_t)>& pace) {
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return fail(error_from_errno(errno, "Cannot inspect", name));
  const std::unique_ptr<char, void (*)(void*)> piece(
      static_cast<char*>(std::aligned_alloc(aligned_to, piece_bytes)), &std::free);
  FileDescriptor direct(::open(path_of(file).c_str(), O_RDONLY | O_DIRECT | O_CLOEXEC));
  Sha256 hash;
  for (off_t offset = 0; offset < info.st_size;) {
    // A short read leaves an offset from which only the cache can go on.
    if (static_cast<std::size_t>(offset) % aligned_to != 0) direct = FileDescriptor();
    const ssize_t got =
        ::pread(direct ? direct.get() : file.get(), piece.get(), piece_bytes, offset);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EINVAL && direct) {
      direct = FileDescriptor();
      continue;
    }
    if (got < 0 && errno == EIO) {
      return fail(damaged_error({std::string(name), {}, {}}, "the disk cannot read it"));
    }
    if (got < 0) return fail(error_from_errno(errno, "Cannot read", name));
    if (got == 0) break;
    hash.update({piece.get(), static_cast<std::size_t>(got)});
    offset += got;
    TRY(pace(static_cast<std::size_t>(got)));
  }
  return hash.finish_hex();
}

}  // namespace sluice::storage
