#include "ingest/parquet/parquet_copy.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

#include "base/files.h"
#include "ingest/bytes/file_reader.h"
#include "ingest/bytes/source_file.h"
#include "ingest/error_codes.h"

namespace sluice::ingest {
namespace {

constexpr std::size_t piece_bytes = 1U << 20;
/// Some writers leave a page's header out of a column's size (PARQUET-816).
constexpr std::uint64_t uncounted_bytes = 128;

Result<void> write_at(const FileDescriptor& to, std::uint64_t at, std::string_view bytes) {
  if (::lseek(to.get(), static_cast<off_t>(at), SEEK_SET) < 0) {
    return fail(error_from_errno(errno, "Cannot write", "a copy of the source"));
  }
  return write_all(to.get(), bytes, "a copy of the source");
}

Result<void> copy_range(const SourceFile& from, const FileDescriptor& to, std::uint64_t begin,
                        std::uint64_t end, const std::stop_token& stop) {
  std::string piece(static_cast<std::size_t>(std::min<std::uint64_t>(piece_bytes, end - begin)),
                    '\0');
  while (begin < end) {
    if (stop.stop_requested()) return fail(cancelled());
    const auto wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), end - begin));
    TRY_ASSIGN(const std::size_t got, from.read_at(begin, piece.data(), wanted));
    if (got == 0) return {};  // It became shorter; whoever reads the copy finds nothing there.
    TRY(write_at(to, begin, std::string_view(piece).substr(0, got)));
    begin += got;
  }
  return {};
}

Result<void> copy_columns(const IngestRequest& request, const ParquetFooter& footer,
                          const std::vector<bool>& columns, const SourceFile& from,
                          const FileDescriptor& to) {
  for (const ParquetChunk& chunk : footer.chunks) {
    const ParquetNode& leaf = footer.nodes[chunk.node];
    if (leaf.depth < 2 || !columns[leaf.column] || chunk.values == 0) continue;
    const std::uint64_t end =
        std::min(chunk.begin + chunk.bytes + uncounted_bytes, footer.data_end);
    if (request.room) TRY(request.room(end - chunk.begin));
    TRY(copy_range(from, to, chunk.begin, end, request.stop));
  }
  return {};
}

/// `edits` by where they are.
std::string edited(std::string_view footer, const std::vector<ParquetEdit>& edits) {
  std::string out;
  std::size_t at = 0;
  for (const ParquetEdit& edit : edits) {
    out += footer.substr(at, edit.at - at);
    out += edit.bytes;
    at = edit.at + edit.removed;
  }
  return out.append(footer.substr(at));
}

/// The file's footer, its length and `PAR1`.
Result<std::string> tail_of(const std::filesystem::path& source, const ParquetFooter& footer,
                            const std::vector<ParquetEdit>& edits, const SourceFile& from) {
  constexpr std::size_t length_and_magic = 8;
  std::error_code code;
  const std::uint64_t size = std::filesystem::file_size(source, code);
  if (code || size < footer.data_end + length_and_magic) {
    return fail(Errc::unprocessable, Code::parquet_unreadable,
                "The Parquet file became shorter while it was read.");
  }
  std::string bytes(static_cast<std::size_t>(size - footer.data_end - length_and_magic), '\0');
  TRY_ASSIGN(const std::size_t got, from.read_at(footer.data_end, bytes.data(), bytes.size()));
  bytes = edited(std::string_view(bytes).substr(0, got), edits);
  const auto length = static_cast<std::uint32_t>(bytes.size());
  for (unsigned i = 0; i < 4; ++i) bytes += static_cast<char>(length >> (8 * i) & 0xFFU);
  return bytes + "PAR1";
}

}  // namespace

Result<void> copy_parquet(const IngestRequest& request, const ParquetFooter& footer,
                          const std::vector<ParquetEdit>& edits,
                          const std::filesystem::path& output, const std::vector<bool>* columns) {
  TRY_ASSIGN(const SourceFile from, SourceFile::open(request.source));
  const FileDescriptor to(::open(output.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!to) return fail(error_from_errno(errno, "Cannot make", "a copy of the source"));
  if (columns != nullptr) {
    TRY(copy_columns(request, footer, *columns, from, to));
  } else {
    if (request.room) TRY(request.room(footer.data_end));
    TRY(copy_range(from, to, 0, footer.data_end, request.stop));
  }
  TRY_ASSIGN(const std::string tail, tail_of(request.source, footer, edits, from));
  TRY(write_at(to, 0, "PAR1"));
  return write_at(to, footer.data_end, tail);
}

}  // namespace sluice::ingest
