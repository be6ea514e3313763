#include "intake/expired_uploads.h"

#include <optional>
#include <vector>

#include "base/log.h"
#include "storage/error_codes.h"

namespace sluice::intake {
namespace {

constexpr Micros unknown_age_min_us = 7LL * 86'400 * 1'000'000;

bool is_settled(const metadata::UploadRecord& upload) {
  return upload.state == metadata::UploadState::done ||
         upload.state == metadata::UploadState::failed;
}

}  // namespace

Result<void> sweep_expired_uploads(metadata::Store& store, const storage::PartialFiles& files,
                                   const Clock& clock) {
  TRY_ASSIGN(const std::vector<metadata::UploadRecord> expired,
             store.expired_uploads(clock.now_us()));
  for (const metadata::UploadRecord& upload : expired) {
    Result<storage::PartialFile> file = files.lock(upload.id);
    if (!file && file.error().code == storage::Code::upload_locked) continue;
    if (!file) return fail(file.error());
    TRY(store.delete_upload(upload.id));
    TRY(file->remove());
    log::info("removed an upload that expired",
              {{"upload_id", upload.id}, {"state", metadata::name_of(upload.state)}});
  }
  // What lies there first, what is known second: an upload that begins in between is then known.
  TRY_ASSIGN(const std::vector<storage::PartialFiles::Entry> there, files.list());
  for (const storage::PartialFiles::Entry& entry : there) {
    TRY_ASSIGN(const std::optional<metadata::UploadRecord> upload, store.find_upload(entry.id));
    const bool unused =
        upload ? is_settled(*upload) : entry.changed_at_us <= clock.now_us() - unknown_age_min_us;
    if (!unused) continue;
    Result<storage::PartialFile> file = files.lock(entry.id);
    if (!file) continue;  // Somebody works on it after all.
    TRY(file->remove());
    log::info("removed a partial file that is not used", {{"upload_id", entry.id}});
  }
  return {};
}

}  // namespace sluice::intake
