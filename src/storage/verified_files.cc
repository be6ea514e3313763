#include "storage/verified_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "storage/error_codes.h"

namespace sluice::storage {
namespace {

/// Some 4 MB; a server with more files in use reads some of them again.
constexpr std::size_t known_max = 16'384;
/// Files of which a part is read and nobody reads on; the state of a hash is small.
constexpr std::size_t readings_max = 64;
constexpr std::size_t piece_bytes = std::size_t{1} << 20U;

FileIdentity identity_from(const struct stat& info) {
  constexpr std::int64_t second_ns = 1'000'000'000;
  return {info.st_dev, info.st_ino, info.st_size,
          info.st_mtim.tv_sec * second_ns + info.st_mtim.tv_nsec,
          info.st_ctim.tv_sec * second_ns + info.st_ctim.tv_nsec};
}

}  // namespace

/// Of one file, by one thread at a time.
struct VerifiedFiles::Reading {
  Sha256 hash;
  std::uint64_t offset = 0;
  bool busy = true;

  /// Reads to the end, or until the time is up; goes on later where it stopped.
  Result<void> read_on(const FileDescriptor& file, const std::filesystem::path& path,
                       const Wait& wait) {
    struct stat info {};
    std::size_t size = piece_bytes;
    if (::fstat(file.get(), &info) == 0 && static_cast<std::size_t>(info.st_size) < piece_bytes) {
      size = static_cast<std::size_t>(info.st_size) + 1;
    }
    std::vector<char> piece(size);
    for (;;) {
      if (wait.stop.stop_requested()) {
        return fail(work_stopped());
      }
      if (std::chrono::steady_clock::now() > wait.deadline) {
        return fail(Errc::deadline_exceeded, Code::verify_deadline,
                    "The time was up while a stored file was verified.",
                    "Ask again: it goes on from where it stopped.");
      }
      const ssize_t got =
          ::pread(file.get(), piece.data(), piece.size(), static_cast<off_t>(offset));
      if (got < 0 && errno == EINTR) continue;
      // What the disk cannot give back is damage like any other.
      if (got < 0 && errno == EIO) {
        return fail(damaged_error({path, {}, {}}, "the disk cannot read it"));
      }
      if (got < 0) return fail(error_from_errno(errno, "Cannot read", path.filename().string()));
      if (got == 0) return {};
      hash.update({piece.data(), static_cast<std::size_t>(got)});
      offset += static_cast<std::uint64_t>(got);
    }
  }
};

Result<FileIdentity> identity_of(const FileDescriptor& file, std::string_view name) {
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return fail(error_from_errno(errno, "Cannot inspect", name));
  return identity_from(info);
}

Result<FileIdentity> identity_of(const std::filesystem::path& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    return fail(error_from_errno(errno, "Cannot inspect", path.filename().string()));
  }
  return identity_from(info);
}

Error damaged_error(const ExpectedFile& expected, std::string_view how) {
  return {Errc::data_loss, Code::data_damaged,
          "The stored file " + expected.path.filename().string() +
              " is damaged: " + std::string(how) + ".",
          expected.remedy ? expected.remedy() : std::string()};
}

const std::string* VerifiedFiles::find(const FileIdentity& identity) {
  const auto known = known_.find(identity);
  if (known == known_.end()) return nullptr;
  order_.splice(order_.begin(), order_, known->second.place);
  return &known->second.sha256;
}

void VerifiedFiles::note(const FileIdentity& identity, std::string sha256) {
  if (const auto known = known_.find(identity); known != known_.end()) {
    known->second.sha256 = std::move(sha256);
    return;
  }
  order_.push_front(identity);
  known_[identity] = {std::move(sha256), order_.begin()};
  if (known_.size() <= known_max) return;
  known_.erase(order_.back());
  order_.pop_back();
}

/// One that nobody reads: a new one, or what another thread had to leave.
std::shared_ptr<VerifiedFiles::Reading> VerifiedFiles::reading_of(const FileIdentity& identity) {
  std::shared_ptr<Reading>& reading = readings_[identity];
  if (reading) {
    if (reading->busy) return nullptr;
    reading->busy = true;
    return reading;
  }
  reading = std::make_shared<Reading>();
  if (readings_.size() > readings_max) {
    const auto left = std::find_if(readings_.begin(), readings_.end(),
                                   [](const auto& each) { return !each.second->busy; });
    if (left != readings_.end()) readings_.erase(left);
  }
  return readings_[identity];
}

Result<std::string> VerifiedFiles::digest(const FileDescriptor& file,
                                          const std::filesystem::path& path, const Wait& wait) {
  const std::string name = path.filename().string();
  std::unique_lock lock(mutex_);
  for (;;) {
    TRY_ASSIGN(const FileIdentity identity, identity_of(file, name));
    if (const std::string* known = find(identity)) return *known;
    const std::shared_ptr<Reading> reading = reading_of(identity);
    if (!reading) {
      const auto is_free = [&] {
        const auto there = readings_.find(identity);
        return there == readings_.end() || !there->second->busy;
      };
      if (wait.deadline == std::chrono::steady_clock::time_point::max()) {
        read_.wait(lock, wait.stop, is_free);
      } else {
        read_.wait_until(lock, wait.stop, wait.deadline, is_free);
      }
      if (is_free()) continue;
      if (wait.stop.stop_requested()) {
        return fail(work_stopped());
      }
      return fail(Errc::deadline_exceeded, Code::verify_deadline,
                  "The time was up while a stored file was verified.", "Ask again.");
    }
    lock.unlock();
    const Result<void> done = reading->read_on(file, path, wait);
    const Result<FileIdentity> after = identity_of(file, name);
    lock.lock();
    reading->busy = false;
    const bool complete = done && after && *after == identity;
    if (complete) note(identity, reading->hash.finish_hex());
    // Of a file that changed meanwhile nothing is known; one that is to be read on is kept.
    const bool left = !done && is_retryable(done.error().kind);
    const bool stopped = !done && done.error().kind == Errc::cancelled;
    if (!left && !stopped) readings_.erase(identity);
    read_.notify_all();
    if (!done) return fail(done.error());
  }
}

Result<void> VerifiedFiles::verify(const FileDescriptor& file, const ExpectedFile& expected,
                                   const Wait& wait) {
  if (expected.sha256.empty()) return {};
  Result<std::string> found = digest(file, expected.path, wait);
  if (found && *found == expected.sha256) return {};
  if (!found && found.error().kind != Errc::data_loss) return fail(std::move(found).error());
  if (on_damage_) on_damage_(expected.path);
  if (found) return fail(damaged_error(expected));
  if (expected.remedy) found.error().remedy = expected.remedy();
  return fail(std::move(found).error());
}

Result<FileDescriptor> VerifiedFiles::open(const ExpectedFile& expected, const Wait& wait) {
  FileDescriptor file(::open(expected.path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file && errno == ENOENT) {
    if (on_damage_) on_damage_(expected.path);
    return fail(damaged_error(expected, "it is missing"));
  }
  if (!file) {
    return fail(error_from_errno(errno, "Cannot open", expected.path.filename().string()));
  }
  TRY(verify(file, expected, wait));
  return file;
}

void VerifiedFiles::remember(const FileDescriptor& file, std::string_view sha256) {
  const Result<FileIdentity> identity = identity_of(file, "");
  if (!identity) return;
  const std::lock_guard lock(mutex_);
  note(*identity, std::string(sha256));
}

void VerifiedFiles::remember(const std::filesystem::path& path, std::string_view sha256) {
  const Result<FileIdentity> identity = identity_of(path);
  if (!identity) return;
  const std::lock_guard lock(mutex_);
  note(*identity, std::string(sha256));
}

bool VerifiedFiles::may_be(const FileIdentity& identity, std::string_view sha256) const {
  const std::lock_guard lock(mutex_);
  const auto known = known_.find(identity);
  return sha256.empty() || known == known_.end() || known->second.sha256 == sha256;
}

}  // namespace sluice::storage
