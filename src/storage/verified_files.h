#pragma once

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

#include "base/files.h"
#include "base/result.h"

namespace sluice::storage {

/// What tells that a file is the same as before: one that is replaced or written to is another one,
/// even where its old time of change is put back.
struct FileIdentity {
  dev_t device = 0;
  ino_t inode = 0;
  std::int64_t bytes = 0;
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;
  auto operator<=>(const FileIdentity&) const = default;
};

Result<FileIdentity> identity_of(const FileDescriptor& file, std::string_view name);
/// Nothing is said of why it is not there.
Result<FileIdentity> identity_of(const std::filesystem::path& path);

/// What a stored file has to be.
struct ExpectedFile {
  std::filesystem::path path;
  std::string sha256;                        ///< Empty: it is not known, and nothing is verified.
  std::function<std::string()> remedy = {};  ///< What to do where it is damaged; for the error.
};

/// `data_loss` (`data_damaged`). Names the file without its folder: tenants read it.
Error damaged_error(const ExpectedFile& expected,
                    std::string_view how = "its bytes are not those that were written");

/// How long the caller waits for a file to be read.
struct VerifyWait {
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
  std::stop_token stop = {};
};

/// The digests of files that this process has read to the end, so that each is read once: what is
/// stored is what is answered. Bounded; the digest of a file that was not asked for lately is
/// forgotten and made again.
///
/// Threads: all methods may be called concurrently. One thread reads a file, the others that ask
/// for it wait for the same result. Where that thread's time is up, the next goes on from where it
/// stopped: a file that takes longer than any query may is verified in the end.
class VerifiedFiles {
 public:
  using Wait = VerifyWait;

  /// `on_damage` is called with the path of each file that is found damaged, each time, on the
  /// thread that found it.
  explicit VerifiedFiles(std::function<void(const std::filesystem::path&)> on_damage = {})
      : on_damage_(std::move(on_damage)) {}
  VerifiedFiles(const VerifiedFiles&) = delete;
  VerifiedFiles& operator=(const VerifiedFiles&) = delete;

  /// Reads the file unless its digest is known. Does not move the descriptor. Errors:
  /// `data_damaged`, `deadline_exceeded` and `cancelled` as `wait` says, those of reading.
  Result<void> verify(const FileDescriptor& file, const ExpectedFile& expected,
                      const Wait& wait = {});
  /// Opens and verifies; a file that is not there is `data_damaged` as well.
  Result<FileDescriptor> open(const ExpectedFile& expected, const Wait& wait = {});

  /// The digest of what lies there, as somebody else has just read it: by whom the file was
  /// written, or by the scrubber, which reads the disk and not the cache.
  void remember(const FileDescriptor& file, std::string_view sha256);
  void remember(const std::filesystem::path& path, std::string_view sha256);
  /// False where the file is known to have another digest; reads nothing.
  bool may_be(const FileIdentity& identity, std::string_view sha256) const;

 private:
  struct Reading;
  struct Known {
    std::string sha256;
    std::list<FileIdentity>::iterator place;
  };

  Result<std::string> digest(const FileDescriptor& file, const std::filesystem::path& path,
                             const Wait& wait);
  const std::string* find(const FileIdentity& identity);
  void note(const FileIdentity& identity, std::string sha256);
  std::shared_ptr<Reading> reading_of(const FileIdentity& identity);

  const std::function<void(const std::filesystem::path&)> on_damage_;
  mutable std::mutex mutex_;
  std::condition_variable_any read_;
  std::map<FileIdentity, Known> known_;
  std::list<FileIdentity> order_;  ///< The one asked for last comes first.
  std::map<FileIdentity, std::shared_ptr<Reading>> readings_;
};

}  // namespace sluice::storage
