#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/files.h"
#include "base/result.h"
#include "ingest/bytes/disk_budget.h"

namespace sluice::ingest {

/// What a file may unpack to.
struct InflateBounds {
  /// Known where we packed it; else the ratio to the packed bytes is bounded (source_limits.h).
  std::optional<std::uint64_t> bytes;
  RoomCheck room;
  /// Unpacking may end once there is more than that.
  std::optional<std::uint64_t> beginning_bytes = std::nullopt;
  bool source_is_cut = false;  ///< The packed file is a beginning: that it ends early is no damage.
};

/// `inflate_window_too_large`, of a file that this program packed.
Error window_too_large(std::string_view program);

/// A new file for what is unpacked, and the guard against what inflates without end. For one
/// thread; removes nothing.
class UnpackedFile {
 public:
  static Result<UnpackedFile> create(const std::filesystem::path& path, InflateBounds bounds);

  /// `bytes_in`: of the packed file, those from which all so far came. Errors:
  /// `inflate_ratio_too_high`, `source_damaged`, those of the room.
  Result<void> write(const char* data, std::size_t size, std::uint64_t bytes_in);
  /// What is there is all that was wanted: whoever unpacks stops.
  bool is_full() const { return bounds_.beginning_bytes && written_ > *bounds_.beginning_bytes; }
  /// The packed file may end, or break off, here.
  bool may_end() const { return is_full() || (bounds_.source_is_cut && written_ > 0); }

 private:
  UnpackedFile(FileDescriptor file, std::string path, InflateBounds bounds)
      : file_(std::move(file)), path_(std::move(path)), bounds_(std::move(bounds)) {}
  FileDescriptor file_;
  std::string path_;
  InflateBounds bounds_;
  std::uint64_t written_ = 0;
  std::uint64_t asked_ = 0;
};

}  // namespace sluice::ingest
