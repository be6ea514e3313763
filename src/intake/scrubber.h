#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

#include "base/background_loop.h"
#include "base/clock.h"
#include "metadata/store.h"
#include "storage/dataset_files.h"
#include "storage/verified_files.h"

namespace sluice::intake {

struct ScrubberOptions {
  Micros interval_us = 0;  ///< Each file is read again after this long; 0: none is.
  std::uint64_t bytes_per_s = 0;
};

/// Reads every stored file from the disk, slowly, on a thread of its own of the lowest priority,
/// and notes in the store which are not what was written: data, rejects, originals, and the data
/// files of the local lakehouse's tables. The store is its queue (what was verified longest ago
/// comes first), so a restart loses nothing. The digest of a file from before there were digests is
/// taken and believed. All that it is given must outlive it; its end
/// stops what it reads, within about a second.
class Scrubber {
 public:
  Scrubber(metadata::Store& store, const storage::DatasetFiles& files,
           storage::VerifiedFiles& verified, const Clock& clock, ScrubberOptions options);

  std::uint64_t bytes_read() const { return bytes_read_; }

 private:
  /// False where nothing is due, or the store is away.
  bool verify_due(const std::stop_token& stop);
  Result<void> verify_version(const metadata::UnverifiedVersion& due, const std::stop_token& stop);
  Result<void> verify_source(const metadata::UnverifiedVersion& due, const std::stop_token& stop);
  Result<void> verify_file(metadata::FileKind kind, const std::filesystem::path& path,
                           const std::string& name, const std::string& sha256,
                           const std::stop_token& stop);
  Result<void> pace(std::size_t bytes, const std::stop_token& stop);

  metadata::Store& store_;
  const storage::DatasetFiles& files_;
  storage::VerifiedFiles& verified_;
  const Clock& clock_;
  const ScrubberOptions options_;
  std::atomic<std::uint64_t> bytes_read_ = 0;
  std::optional<BackgroundLoop> loop_;  ///< Last: it uses the rest.
};

}  // namespace sluice::intake
