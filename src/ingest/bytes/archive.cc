#include "ingest/bytes/archive.h"

#include <exception>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/error_codes.h"
#include "ingest/bytes/archive_abi.h"
#include "ingest/bytes/file_reader.h"
#include "ingest/error_codes.h"
#include "ingest/source_limits.h"

namespace sluice::ingest {
namespace {

std::int32_t number_of(ArchiveKind kind) {
  return kind == ArchiveKind::zip ? SLUICE_ARCHIVE_ZIP : SLUICE_ARCHIVE_TAR;
}

tl::unexpected<Error> fail_with(const SluiceArchiveError& error) {
  const std::string detail = "The packed file cannot be read: " + std::string(error.message) + ".";
  switch (error.code) {
    case SLUICE_ARCHIVE_IO:
      return fail(Errc::internal, BaseCode::io_error, detail,
                  "Check the disk and the file's permissions.");
    case SLUICE_ARCHIVE_PASSWORD:
      return fail(Errc::unprocessable, Code::archive_password, "The archive has a password.",
                  "Unpack it and upload the table inside.");
    case SLUICE_ARCHIVE_UNSUPPORTED:
      return fail(Errc::unprocessable, Code::unsupported_format, detail,
                  "Unpack it and upload the table inside.");
    case SLUICE_ARCHIVE_TOO_MANY:
      return fail(Errc::unprocessable, Code::archive_members, detail,
                  "Unpack it and upload the table inside.");
    case SLUICE_ARCHIVE_WINDOW:
      return fail(window_too_large("xz"));
    default:
      return fail(Errc::unprocessable, Code::archive_damaged, detail,
                  "Upload it again, or pack it again.");
  }
}

/// Exceptions cannot cross Rust's frames: they are kept and thrown again on this side.
struct Members {
  std::vector<ArchiveMember> found;
  std::exception_ptr thrown;
};

extern "C" int take_member(void* context, const SluiceArchiveMember* member) {
  Members& members = *static_cast<Members*>(context);
  try {
    members.found.push_back({std::string(member->name, member->name_bytes), member->bytes});
    return 0;
  } catch (...) {
    members.thrown = std::current_exception();
    return 1;
  }
}

/// Pieces on their way into a file.
struct Unpacking {
  UnpackedFile& to;
  std::uint64_t packed_bytes;  ///< Of all of the archive: what unpacks is held against it.
  const std::stop_token& stop;
  std::optional<Error> error;
  std::exception_ptr thrown;

  int take(const char* bytes, std::size_t count) {
    Result<void> written =
        stop.stop_requested() ? fail(cancelled()) : to.write(bytes, count, packed_bytes);
    if (!written) error = std::move(written).error();
    return error || to.is_full() ? 1 : 0;
  }

  Result<void> result(std::int32_t code, const SluiceArchiveError& failure) {
    if (thrown) std::rethrow_exception(thrown);
    if (error) return fail(*std::move(error));
    if (to.may_end()) return {};
    if (code != 0) return fail_with(failure);
    return {};
  }
};

extern "C" int take_bytes(void* context, const char* bytes, std::size_t count) {
  Unpacking& unpacking = *static_cast<Unpacking*>(context);
  try {
    return unpacking.take(bytes, count);
  } catch (...) {
    unpacking.thrown = std::current_exception();
    return 1;
  }
}

std::uint64_t bytes_of(const std::filesystem::path& path) {
  std::error_code code;
  const std::uintmax_t bytes = std::filesystem::file_size(path, code);
  return code ? 0 : bytes;
}

}  // namespace

Result<std::vector<ArchiveMember>> archive_members(const std::filesystem::path& path,
                                                   ArchiveKind kind) {
  Members members;
  SluiceArchiveError error = {};
  const std::int32_t code =
      sluice_archive_members(path.c_str(), number_of(kind), &take_member, &members, &error);
  if (members.thrown) std::rethrow_exception(members.thrown);
  if (code != 0) return fail_with(error);
  return std::move(members.found);
}

Result<void> extract_member(const std::filesystem::path& path, ArchiveKind kind, std::size_t index,
                            const std::filesystem::path& to, const InflateBounds& bounds,
                            const std::stop_token& stop) {
  TRY_ASSIGN(UnpackedFile output, UnpackedFile::create(to, bounds));
  Unpacking unpacking{output, bytes_of(path), stop, {}, {}};
  SluiceArchiveError error = {};
  const std::int32_t code =
      sluice_archive_read(path.c_str(), number_of(kind), index, &take_bytes, &unpacking, &error);
  return unpacking.result(code, error);
}

Result<void> bunzip(const std::filesystem::path& from, UnpackedFile& output,
                    const std::stop_token& stop) {
  Unpacking unpacking{output, bytes_of(from), stop, {}, {}};
  SluiceArchiveError error = {};
  const std::int32_t code = sluice_archive_bunzip(from.c_str(), &take_bytes, &unpacking, &error);
  return unpacking.result(code, error);
}

Result<void> unxz(const std::filesystem::path& from, UnpackedFile& output,
                  const std::stop_token& stop) {
  Unpacking unpacking{output, bytes_of(from), stop, {}, {}};
  SluiceArchiveError error = {};
  const std::int32_t code =
      sluice_archive_unxz(from.c_str(), inflate_window_bytes_max, &take_bytes, &unpacking, &error);
  return unpacking.result(code, error);
}

}  // namespace sluice::ingest
