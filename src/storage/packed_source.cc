#include "storage/packed_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include "base/error_codes.h"
#include "base/fault_points.h"
#include "base/hash.h"
#include "storage/error_codes.h"
#include "storage/verified_files.h"

namespace sluice::storage {
namespace {

/// zstd's own default: some 200 MB/s, and text shrinks to about a quarter.
constexpr int zstd_level = 3;
constexpr std::size_t piece_bytes = 256U << 10;
/// Below this a file takes one or two blocks of the disk either way.
constexpr std::int64_t packed_bytes_min = 16 << 10;

Result<std::size_t> read_some(const FileDescriptor& file, std::vector<char>& into,
                              std::string_view name) {
  for (;;) {
    const ssize_t got = ::read(file.get(), into.data(), into.size());
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) return fail(error_from_errno(errno, "Cannot read", name));
  }
}

bool is_packed_already(std::string_view head) {
  using namespace std::string_view_literals;
  for (const std::string_view magic :
       {"\x28\xB5\x2F\xFD"sv, "\x1F\x8B"sv, "PK\x03\x04"sv, "PAR1"sv}) {
    if (head.starts_with(magic)) return true;
  }
  return false;
}

Result<std::int64_t> size_of(const FileDescriptor& file, std::string_view name) {
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) {
    return fail(error_from_errno(errno, "Cannot inspect", name));
  }
  return static_cast<std::int64_t>(status.st_size);
}

tl::unexpected<Error> stopped() {
  return fail(Errc::cancelled, BaseCode::cancelled, "The packing was stopped.");
}

Error zstd_error(std::size_t code) {
  return Error{Errc::internal, Code::zstd_failed, ZSTD_getErrorName(code), {}};
}

/// Both digests on the way.
Result<SourceDigests> pack(const FileDescriptor& from, const FileDescriptor& to,
                           std::string_view name, const std::stop_token& stop) {
  const std::unique_ptr<ZSTD_CCtx, std::size_t (*)(ZSTD_CCtx*)> context(ZSTD_createCCtx(),
                                                                        ZSTD_freeCCtx);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, zstd_level);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
  std::vector<char> in_buffer(piece_bytes);
  std::vector<char> out_buffer(piece_bytes);
  Sha256 original;
  Sha256 packed;
  for (;;) {
    if (stop.stop_requested()) return stopped();
    TRY_ASSIGN(const std::size_t got, read_some(from, in_buffer, name));
    original.update({in_buffer.data(), got});
    ZSTD_inBuffer in{in_buffer.data(), got, 0};
    std::size_t left = 0;
    do {
      ZSTD_outBuffer out{out_buffer.data(), out_buffer.size(), 0};
      left =
          ZSTD_compressStream2(context.get(), &out, &in, got == 0 ? ZSTD_e_end : ZSTD_e_continue);
      if (ZSTD_isError(left) != 0) return fail(zstd_error(left));
      packed.update({out_buffer.data(), out.pos});
      TRY(write_all(to.get(), {out_buffer.data(), out.pos}, std::string(name)));
    } while (got == 0 ? left > 0 : in.pos < in.size);
    if (got == 0) return SourceDigests{original.finish_hex(), packed.finish_hex()};
  }
}

Result<std::string> digest_of(const FileDescriptor& file, std::string_view name,
                              const std::stop_token& stop) {
  std::vector<char> buffer(piece_bytes);
  Sha256 hash;
  for (;;) {
    if (stop.stop_requested()) return stopped();
    TRY_ASSIGN(const std::size_t got, read_some(file, buffer, name));
    if (got == 0) return hash.finish_hex();
    hash.update({buffer.data(), got});
  }
}

/// Nothing where what is known is what was found.
Result<void> check(std::string_view known, const std::string& found, std::string_view name) {
  if (known.empty() || known == found) return {};
  return fail(
      damaged_error({std::string(name), {}, {}}, "its bytes are not those that were uploaded"));
}

tl::unexpected<Error> cut_short(std::string_view name) {
  return fail(damaged_error({std::string(name), {}, {}}, "it is cut short"));
}

}  // namespace

Result<void> settle_source(const DatasetFiles& files, std::string_view file_name,
                           std::string_view sha256,
                           const std::function<Result<void>(const SourceDigests&)>& record,
                           const std::stop_token& stop) {
  TRY_ASSIGN(const FileDescriptor from, files.open_for_reading(file_name));
  std::array<char, 4> head{};
  if (::pread(from.get(), head.data(), head.size(), 0) < 0) {
    return fail(error_from_errno(errno, "Cannot read", file_name));
  }
  TRY_ASSIGN(const std::int64_t size, size_of(from, file_name));
  if (size < packed_bytes_min || is_packed_already({head.data(), head.size()})) {
    if (!sha256.empty()) return {};
    TRY_ASSIGN(std::string found, digest_of(from, file_name, stop));
    return record({std::move(found), {}});
  }
  TRY_ASSIGN(const TemporaryFile packed, files.make_temporary(".source"));
  const FileDescriptor to(
      ::open(packed.path().c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!to) return fail(error_from_errno(errno, "Cannot create", packed.path().string()));
  TRY_ASSIGN(SourceDigests digests, pack(from, to, file_name, stop));
  // Damage is not packed, where nobody would find it again.
  TRY(check(sha256, digests.sha256, file_name));
  TRY_ASSIGN(const std::int64_t packed_size, size_of(to, file_name));
  // Of just the same size it could not be told from the upload.
  if (packed_size >= size) return record({std::move(digests.sha256), {}});
  TRY(fsync_file(packed.path()));
  TRY_ASSIGN(const std::filesystem::path target, files.path_of(file_name));
  // Deleted meanwhile; what this leaves in a race of microseconds, the sweep of unused files takes
  // away.
  if (::access(target.c_str(), F_OK) != 0) return {};
  TRY(record(digests));
  FAULT_POINT("source.packed");
  if (::rename(packed.path().c_str(), target.c_str()) != 0) {
    return fail(error_from_errno(errno, "Cannot replace", file_name));
  }
  return fsync_folder(files.root());
}

Result<void> read_source(const FileDescriptor& file, std::string_view file_name,
                         std::int64_t source_bytes,
                         const std::function<Result<void>(std::string_view)>& use) {
  TRY_ASSIGN(const std::int64_t size, size_of(file, file_name));
  const bool is_packed = size != source_bytes;
  std::vector<char> in_buffer(piece_bytes);
  std::vector<char> out_buffer(piece_bytes);
  const std::unique_ptr<ZSTD_DCtx, std::size_t (*)(ZSTD_DCtx*)> context(ZSTD_createDCtx(),
                                                                        ZSTD_freeDCtx);
  std::int64_t given = 0;
  const auto give = [&](std::string_view piece) {
    given += static_cast<std::int64_t>(piece.size());
    return use(piece);
  };
  std::size_t left = 0;  // Of the frame; 0 at its end.
  for (;;) {
    TRY_ASSIGN(const std::size_t got, read_some(file, in_buffer, file_name));
    if (got == 0) break;
    if (!is_packed) {
      TRY(give({in_buffer.data(), got}));
      continue;
    }
    ZSTD_inBuffer in{in_buffer.data(), got, 0};
    bool full = false;
    while (in.pos < in.size || full) {
      ZSTD_outBuffer out{out_buffer.data(), out_buffer.size(), 0};
      left = ZSTD_decompressStream(context.get(), &out, &in);
      if (ZSTD_isError(left) != 0) {
        return fail(damaged_error({std::string(file_name), {}, {}}, ZSTD_getErrorName(left)));
      }
      TRY(give({out_buffer.data(), out.pos}));
      full = out.pos == out.size && left != 0;
    }
  }
  if (left != 0 || given != source_bytes) return cut_short(file_name);
  return {};
}

}  // namespace sluice::storage
