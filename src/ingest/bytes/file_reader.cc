#include "ingest/bytes/file_reader.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <vector>

#include "base/error_codes.h"

namespace sluice::ingest {
namespace {

/// Large enough that calls cost nothing, small enough to stay in the cache for the second look at a
/// piece.
constexpr std::size_t piece_bytes = 256U << 10;

Result<std::size_t> read_some(int fd, char* into, std::size_t size, const std::string& path) {
  for (;;) {
    const ssize_t got = ::read(fd, into, size);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) return fail(error_from_errno(errno, "read", path));
  }
}

}  // namespace

Error cancelled() {
  return Error{Errc::cancelled, BaseCode::cancelled, "The ingest was stopped.", {}};
}

Result<FileDescriptor> open_file(const std::filesystem::path& path) {
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return fail(error_from_errno(errno, "open", path.string()));
  return file;
}

Result<void> read_pieces(const std::filesystem::path& path, const std::stop_token& stop,
                         const std::function<Result<void>(std::string_view)>& use) {
  TRY_ASSIGN(const FileDescriptor file, open_file(path));
  std::vector<char> buffer(piece_bytes);
  for (;;) {
    if (stop.stop_requested()) return fail(cancelled());
    TRY_ASSIGN(const std::size_t got,
               read_some(file.get(), buffer.data(), buffer.size(), path.string()));
    if (got == 0) return {};
    TRY(use(std::string_view(buffer.data(), got)));
  }
}

Result<Head> read_head(const std::filesystem::path& path, std::size_t bytes_max) {
  TRY_ASSIGN(const FileDescriptor file, open_file(path));
  Head head;
  std::error_code ignored;
  const std::uintmax_t file_bytes = std::filesystem::file_size(path, ignored);
  head.bytes.resize(ignored ? bytes_max + 1 : std::min<std::uintmax_t>(file_bytes, bytes_max) + 1);
  std::size_t size = 0;
  while (size < head.bytes.size()) {
    TRY_ASSIGN(const std::size_t got, read_some(file.get(), head.bytes.data() + size,
                                                head.bytes.size() - size, path.string()));
    if (got == 0) break;
    size += got;
  }
  head.whole = size <= bytes_max;
  head.bytes.resize(head.whole ? size : bytes_max);
  return head;
}

}  // namespace sluice::ingest
