#include "intake/source_compressor.h"

#include <filesystem>
#include <utility>
#include <vector>

#include "base/log.h"
#include "intake/damage.h"
#include "storage/packed_source.h"
#include "storage/verified_files.h"

namespace sluice::intake {
namespace {

using metadata::FileKind;

constexpr std::string_view source_suffix = ".source";

}  // namespace

SourceCompressor::SourceCompressor(metadata::Store& store, const storage::DatasetFiles& files,
                                   Wake& wake)
    : store_(store),
      files_(files),
      loop_({.name = "source-packer", .wake = &wake}, [this](const std::stop_token& stop) {
        settle_all(stop);
        return BackgroundLoop::Round::idle;
      }) {}

void SourceCompressor::settle_all(const std::stop_token& stop) {
  const Result<std::vector<std::string>> names = files_.list();
  if (!names) {
    log::error("cannot list the stored files", {{"error", to_line(names.error())}});
    return;
  }
  std::set<std::string> settled;
  for (const std::string& name : *names) {
    if (stop.stop_requested()) return;
    if (!name.ends_with(source_suffix)) continue;
    if (settled_.count(name) > 0 || settle(name, stop)) settled.insert(name);
  }
  settled_ = std::move(settled);
}

bool SourceCompressor::settle(const std::string& name, const std::stop_token& stop) {
  const std::string stem = name.substr(0, name.size() - source_suffix.size());
  const Result<metadata::FileOwner> owner = store_.find_by_file_name(stem + ".parquet");
  // Not committed yet, or not any more: at the next wake it is known.
  if (!owner) return false;
  const DatasetVersion& version = owner->version;
  const std::filesystem::path path = files_.root() / name;
  const Result<storage::FileIdentity> identity = storage::identity_of(path);
  if (!identity) return false;
  if (identity->bytes != version.source_bytes) return true;
  const auto record = [&](const storage::SourceDigests& digests) -> Result<void> {
    TRY(store_.record_digest(FileKind::source, name, digests.sha256));
    if (digests.packed_sha256.empty()) return {};
    return store_.record_digest(FileKind::packed_source, name, digests.packed_sha256);
  };
  const Result<void> done =
      storage::settle_source(files_, name, version.source_sha256, record, stop);
  if (done || done.error().kind == Errc::not_found || stop.stop_requested()) return true;
  if (done.error().kind == Errc::data_loss) {
    note_damage(store_, files_, path);
    return true;
  }
  log::error("cannot pack an original; it stays as it is",
             {{"file_name", name}, {"error", to_line(done.error())}});
  return !is_retryable(done.error().kind);
}

}  // namespace sluice::intake
