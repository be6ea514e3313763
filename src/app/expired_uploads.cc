#include "app/expired_uploads.h"

#include <set>

#include "base/log.h"

namespace sluice::app {
namespace {

constexpr Micros unknown_age_min_us = 7LL * 86'400 * 1'000'000;

}  // namespace

Result<void> sweep_expired_uploads(metadata::Store& store, const storage::PartialFiles& files,
                                   const Clock& clock) {
  TRY_ASSIGN(const std::vector<metadata::UploadRecord> expired,
             store.expired_uploads(clock.now_us()));
  for (const metadata::UploadRecord& upload : expired) {
    Result<storage::PartialFile> file = files.lock(upload.id);
    if (!file && file.error().code == "upload_locked") continue;
    if (!file) return fail(file.error());
    TRY(store.delete_upload(upload.id));
    TRY(file->remove());
    log::info("removed an upload that expired",
              {{"upload_id", upload.id}, {"state", metadata::name_of(upload.state)}});
  }
  // What lies there first, what is known second: an upload that begins in between is then known.
  TRY_ASSIGN(const std::vector<storage::PartialFiles::Entry> there, files.list());
  TRY_ASSIGN(const std::vector<metadata::UploadRecord> unfinished, store.unfinished_uploads());
  std::set<std::string_view> known;
  for (const metadata::UploadRecord& upload : unfinished) known.insert(upload.id);
  for (const storage::PartialFiles::Entry& entry : there) {
    if (known.contains(entry.id) || entry.changed_at_us > clock.now_us() - unknown_age_min_us) {
      continue;
    }
    Result<storage::PartialFile> file = files.lock(entry.id);
    if (!file) continue;  // Somebody works on it after all.
    TRY(file->remove());
    log::info("removed a partial file that nobody knows", {{"upload_id", entry.id}});
  }
  return {};
}

}  // namespace sluice::app
