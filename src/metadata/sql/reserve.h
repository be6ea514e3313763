#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>

#include "base/result.h"

namespace sluice::metadata {

/// A file beside the database that holds disk space for the moment when there is no other: on a
/// full disk SQLite cannot write down that something was deleted, so that nobody could make room.
/// It is given up for that, and filled again when there is room. Threads: safe for concurrent use.
class Reserve {
 public:
  Reserve(std::filesystem::path path, std::uint64_t bytes)
      : path_(std::move(path)), bytes_(bytes) {}

  /// Fills it where it is not full and the disk has four times as much free; else changes nothing.
  Result<void> restock();
  /// True where there was something to give up.
  bool give_up();

 private:
  const std::filesystem::path path_;
  const std::uint64_t bytes_;  ///< 0: there is none.
  std::mutex mutex_;
};

}  // namespace sluice::metadata
