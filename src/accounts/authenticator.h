#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "accounts/signing_keys.h"
#include "auth/principal_cache.h"
#include "auth/token.h"
#include "base/clock.h"
#include "base/result.h"
#include "metadata/store.h"

namespace sluice::accounts {

/// Who is behind a credential: an API token, or an access token of a session. Answers are kept for
/// a few seconds; `look_for_changes` throws them away when some credential became worth less,
/// whichever process did that. Threads: safe for concurrent use. Refers to what it is made with.
class Authenticator {
 public:
  Authenticator(metadata::Store& store, SigningKeys& keys, const Clock& clock)
      : store_(store), keys_(keys), clock_(clock) {}

  /// All that fails is `unauthenticated`, but for a store that cannot be asked. Whoever holds a
  /// real token is told that it was revoked or has expired; everybody else only that it is not
  /// valid.
  Result<auth::Principal> authenticate(std::string_view credential);
  /// As far as it is known without asking the store: empty where it is not. Proves nothing.
  std::string tenant_hint(std::string_view credential) const;

  /// To be called at least each second, by every process that authenticates.
  Result<void> look_for_changes();
  /// At once, in this process: after a change of its own.
  void forget() { cache_.clear(); }
  /// Writes down when tokens were used last.
  Result<void> write_uses();

 private:
  Result<auth::Principal> ask_of_token(std::string_view sha256);
  Result<auth::Principal> ask_of_access_token(std::string_view token, std::string_view sha256);

  metadata::Store& store_;
  SigningKeys& keys_;
  const Clock& clock_;
  auth::PrincipalCache cache_;
  std::mutex mutex_;
  std::int64_t revision_ = -1;
  std::map<std::string, Micros> uses_;  ///< By token id, since they were written last.
};

}  // namespace sluice::accounts
