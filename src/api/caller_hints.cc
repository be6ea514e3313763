#include "api/caller_hints.h"

namespace sluice::api {

std::string CallerHints::tenant_of(std::string_view token_sha256) const {
  const std::lock_guard lock(mutex_);
  const auto found = tenants_.find(token_sha256);
  return found == tenants_.end() ? std::string() : found->second;
}

void CallerHints::learn(std::string_view token_sha256, const std::string& tenant) {
  const std::lock_guard lock(mutex_);
  if (tenants_.size() >= tokens_max) tenants_.clear();
  tenants_.insert_or_assign(std::string(token_sha256), tenant);
}

void CallerHints::forget(std::string_view token_sha256) {
  const std::lock_guard lock(mutex_);
  const auto found = tenants_.find(token_sha256);
  if (found != tenants_.end()) tenants_.erase(found);
}

}  // namespace sluice::api
