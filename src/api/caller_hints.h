#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace sluice::api {

/// Whose tokens were good lately: by which line a request is to wait, before anybody has asked the
/// store. It proves nothing, so that a token that was revoked meanwhile still finds out: each
/// request is authenticated when its turn has come. Safe for concurrent use.
class CallerHints {
 public:
  /// Empty where the token is not known.
  std::string tenant_of(std::string_view token_sha256) const;
  void learn(std::string_view token_sha256, const std::string& tenant);
  void forget(std::string_view token_sha256);

 private:
  static constexpr std::size_t tokens_max = 10'000;
  mutable std::mutex mutex_;
  std::map<std::string, std::string, std::less<>> tenants_;
};

}  // namespace sluice::api
