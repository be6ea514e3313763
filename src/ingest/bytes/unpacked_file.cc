#include "ingest/bytes/unpacked_file.h"

#include <fcntl.h>

#include <cerrno>

#include "ingest/error_codes.h"
#include "ingest/source_limits.h"
#include "storage/error_codes.h"

namespace sluice::ingest {
namespace {

/// Bytes for which room is asked at once.
constexpr std::uint64_t room_bytes = 8U << 20;

}  // namespace

Error window_too_large(std::string_view program) {
  return Error{Errc::too_large, Code::inflate_window_too_large,
               "To unpack the " + std::string(program) + " file takes a window of more than " +
                   std::to_string(inflate_window_bytes_max >> 20U) +
                   " MiB in memory (inflate_window_bytes_max).",
               "Pack it again with an ordinary level, or unpack it yourself."};
}

Result<UnpackedFile> UnpackedFile::create(const std::filesystem::path& path, InflateBounds bounds) {
  FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) return fail(error_from_errno(errno, "Cannot create", path.string()));
  return UnpackedFile(std::move(file), path.string(), std::move(bounds));
}

Result<void> UnpackedFile::write(const char* data, std::size_t size, std::uint64_t bytes_in) {
  written_ += size;
  if (bounds_.room && written_ > asked_) {
    TRY(bounds_.room(room_bytes));
    asked_ = written_ + room_bytes;
  }
  if (bounds_.bytes) {
    if (written_ <= *bounds_.bytes) return write_all(file_.get(), {data, size}, path_);
    return fail(Errc::data_loss, storage::Code::source_damaged,
                "The stored original is not what was stored.", "Upload the file again.");
  }
  if (written_ > inflate_free_bytes && written_ / inflate_ratio_max > bytes_in) {
    return fail(Errc::too_large, Code::inflate_ratio_too_high,
                "The file unpacks to more than " + std::to_string(inflate_ratio_max) +
                    " times its size (inflate_ratio_max).",
                "Unpack it yourself and upload what is inside.");
  }
  return write_all(file_.get(), {data, size}, path_);
}

}  // namespace sluice::ingest
