#include "intake/scrubber.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "base/files.h"
#include "base/hash.h"
#include "base/log.h"
#include "intake/damage.h"
#include "intake/error_codes.h"
#include "storage/disk_digest.h"
#include "storage/packed_source.h"

namespace sluice::intake {
namespace {

using metadata::FileKind;

/// Asked for at a time: many, since those that were replaced are passed over to find them.
constexpr std::int64_t batch_max = 200;
/// How often is looked whether something is due; no rarer than the interval itself.
constexpr std::chrono::microseconds look_interval_max = std::chrono::minutes(1);

/// It gives way to everything, on the disk and on the processor.
void take_lowest_priority() {
  constexpr int whose_thread = 1;      // IOPRIO_WHO_PROCESS
  constexpr int idle_class = 3 << 13;  // IOPRIO_CLASS_IDLE
  ::syscall(SYS_ioprio_set, whose_thread, 0, idle_class);
  constexpr int nicest = 19;
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), nicest);
}

}  // namespace

Scrubber::Scrubber(metadata::Store& store, const storage::DatasetFiles& files,
                   storage::VerifiedFiles& verified, const Clock& clock, ScrubberOptions options)
    : store_(store), files_(files), verified_(verified), clock_(clock), options_(options) {
  if (options_.interval_us > 0) {
    const std::chrono::microseconds interval(options_.interval_us);
    loop_.emplace(BackgroundLoop::Options{.name = "scrubber",
                                          .poll_interval = std::min(look_interval_max, interval),
                                          .on_thread_start = take_lowest_priority},
                  [this](const std::stop_token& stop) {
                    return verify_due(stop) ? BackgroundLoop::Round::more
                                            : BackgroundLoop::Round::idle;
                  });
  }
}

Result<void> Scrubber::pace(std::size_t bytes, const std::stop_token& stop) {
  bytes_read_ += bytes;
  const std::chrono::microseconds time(1'000'000 * bytes /
                                       std::max<std::uint64_t>(options_.bytes_per_s, 1));
  if (!pause_for(time, stop)) return fail(work_stopped());
  return {};
}

bool Scrubber::verify_due(const std::stop_token& stop) {
  const Micros since_us = clock_.now_us() - options_.interval_us;
  const auto versions = store_.unverified_versions(since_us, batch_max);
  const auto tables = store_.unverified_tables(since_us, batch_max);
  if (!versions || !tables) {
    const Error& error = versions ? tables.error() : versions.error();
    log::warn("stored files cannot be verified now", {{"error", to_line(error)}});
    return false;
  }
  const auto done = [&](const Result<void>& result, const std::string& what) {
    if (result || stop.stop_requested()) return !stop.stop_requested();
    log::warn("a stored file cannot be verified now",
              {{"file", what}, {"error", to_line(result.error())}});
    return false;
  };
  bool any = false;
  for (const metadata::UnverifiedVersion& due : *versions) {
    any = done(verify_version(due, stop), due.version.file_name) || any;
    if (stop.stop_requested()) return false;
  }
  for (const metadata::LakehouseTable& table : *tables) {
    const std::string path = table.location + "/" + table.data_file;
    Result<void> verified = verify_file(FileKind::silver, path, path, table.sha256, stop);
    if (verified) verified = store_.table_verified(table);
    any = done(verified, path) || any;
    if (stop.stop_requested()) return false;
  }
  return any;
}

Result<void> Scrubber::verify_version(const metadata::UnverifiedVersion& due,
                                      const std::stop_token& stop) {
  const DatasetVersion& version = due.version;
  TRY(verify_file(FileKind::data, files_.root() / version.file_name, version.file_name,
                  version.sha256, stop));
  if (!version.rejects_file.empty()) {
    TRY(verify_file(FileKind::rejects, files_.root() / version.rejects_file, version.rejects_file,
                    version.rejects_sha256, stop));
  }
  if (!version.source_file.empty()) TRY(verify_source(due, stop));
  return store_.version_verified(due.dataset_id, version.version);
}

Result<void> Scrubber::verify_source(const metadata::UnverifiedVersion& due,
                                     const std::stop_token& stop) {
  const std::string& name = due.version.source_file;
  const std::filesystem::path path = files_.root() / name;
  const Result<storage::FileIdentity> identity = storage::identity_of(path);
  // What lies there has a digest that was noted before it was put there.
  const Result<DatasetVersion> now = store_.get_version(due.dataset_id, due.version.version);
  if (!now && now.error().kind == Errc::not_found) return {};
  if (!now) return fail(now.error());
  if (!identity || identity->bytes == now->source_bytes) {
    return verify_file(FileKind::source, path, name, now->source_sha256, stop);
  }
  if (!now->packed_sha256.empty()) {
    return verify_file(FileKind::packed_source, path, name, now->packed_sha256, stop);
  }
  // Packed before there were digests: zstd's own checksum says whether it is whole.
  TRY_ASSIGN(const FileDescriptor file, files_.open_for_reading(name));
  Sha256 content;
  const Result<void> read =
      storage::read_source(file, name, now->source_bytes, [&](std::string_view piece) {
        content.update(piece);
        return pace(piece.size(), stop);
      });
  if (!read && read.error().kind == Errc::data_loss) {
    note_damage(store_, files_, path);
    return {};
  }
  TRY(read);
  TRY(store_.record_digest(FileKind::source, name, content.finish_hex()));
  return verify_file(FileKind::packed_source, path, name, "", stop);
}

Result<void> Scrubber::verify_file(FileKind kind, const std::filesystem::path& path,
                                   const std::string& name, const std::string& sha256,
                                   const std::stop_token& stop) {
  const Result<FileDescriptor> file = verified_.open({path, {}, {}});
  if (!file && file.error().kind == Errc::data_loss) {  // It is missing.
    note_damage(store_, files_, path);
    return {};
  }
  if (!file) return fail(file.error());
  TRY_ASSIGN(const storage::FileIdentity before, storage::identity_of(*file, name));
  const Result<std::string> found = storage::disk_digest(
      *file, path.filename().string(), [&](std::size_t bytes) { return pace(bytes, stop); });
  if (!found && found.error().kind != Errc::data_loss) return fail(found.error());
  if (found) {
    TRY_ASSIGN(const storage::FileIdentity after, storage::identity_of(*file, name));
    if (after != before) {
      return fail(Errc::unavailable, Code::file_changed, "The file changed while it was read.");
    }
    // An original may have been packed meanwhile: what was read is not what lies there.
    const Result<storage::FileIdentity> there = storage::identity_of(path);
    if (!there || *there != after) return {};
    if (sha256.empty()) TRY(store_.record_digest(kind, name, *found));
    verified_.remember(*file, *found);
  }
  if (found && (sha256.empty() || *found == sha256)) {
    clear_damage(store_, files_, path);
  } else {
    note_damage(store_, files_, path);
  }
  return {};
}

}  // namespace sluice::intake
