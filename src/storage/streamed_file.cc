#include "storage/streamed_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/error_codes.h"

namespace sluice::storage {

Result<void> DiskBudget::check(std::uint64_t bytes) const {
  TRY_ASSIGN(const std::uint64_t free, free_bytes());
  if (free >= free_bytes_min && free - free_bytes_min >= bytes) return {};
  // Unsigned: in this order nothing wraps, for `bytes` is bounded by a limit on uploads.
  const std::uint64_t missing =
      free >= free_bytes_min ? bytes - (free - free_bytes_min) : free_bytes_min - free + bytes;
  return fail(Errc::resource_exhausted, BaseCode::disk_full,
              std::to_string(missing) + " bytes of disk are missing: " + std::to_string(free) +
                  " are free, " + std::to_string(bytes) + " are to come, and " +
                  std::to_string(free_bytes_min) + " (DISK_FREE_BYTES_MIN) must stay free.",
              "Free space on the volume of DATA_STORAGE_PATH.");
}

Result<void> StreamedFile::write(std::string_view bytes) {
  if (bytes_ + bytes.size() > checked_) {
    TRY(budget_.check(stream_step_bytes));
    checked_ = bytes_ + stream_step_bytes;
  }
  TRY(write_all(fd_.get(), bytes, path_));
  bytes_ += bytes.size();
  if (bytes_ - started_ >= stream_step_bytes) {
    // Else gigabytes of dirty pages would wait for the fsync, which then takes as long as the
    // upload did, and slows every other fsync of the disk meanwhile. Only a hint: a failure of the
    // disk is what fsync reports.
    static_cast<void>(::sync_file_range(fd_.get(), static_cast<off64_t>(started_),
                                        static_cast<off64_t>(bytes_ - started_),
                                        SYNC_FILE_RANGE_WRITE));
    started_ = bytes_;
  }
  return {};
}

Result<void> StreamedFile::sync() {
  // By the descriptor that wrote: an error of the write-back before this open would be lost to it.
  if (::fsync(fd_.get()) != 0) return fail(error_from_errno(errno, "Cannot fsync", path_));
  return {};
}

}  // namespace sluice::storage
