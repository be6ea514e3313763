#include "intake/running_uploads.h"

#include <algorithm>

namespace sluice::intake {

RunningUploads::Entry RunningUploads::add(std::string id, TenantId tenant, bool resumable,
                                          Micros now_us) {
  auto upload = std::make_shared<RunningUpload>();
  upload->id = std::move(id);
  upload->tenant = std::move(tenant);
  upload->resumable = resumable;
  upload->created_at_us = now_us;
  const std::lock_guard<std::mutex> lock(mutex_);
  uploads_.push_back(upload);
  return Entry(this, std::move(upload));
}

std::shared_ptr<RunningUpload> RunningUploads::find(const TenantId& tenant,
                                                    std::string_view id) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = std::find_if(uploads_.rbegin(), uploads_.rend(), [&](const auto& upload) {
    return upload->tenant == tenant && upload->id == id;
  });
  return found == uploads_.rend() ? nullptr : *found;
}

std::vector<std::shared_ptr<RunningUpload>> RunningUploads::list(const TenantId& tenant) const {
  std::vector<std::shared_ptr<RunningUpload>> found;
  const std::lock_guard<std::mutex> lock(mutex_);
  std::copy_if(uploads_.rbegin(), uploads_.rend(), std::back_inserter(found),
               [&](const auto& upload) { return upload->tenant == tenant; });
  return found;
}

void RunningUploads::remove(const std::shared_ptr<RunningUpload>& upload) {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::erase(uploads_, upload);
}

}  // namespace sluice::intake
