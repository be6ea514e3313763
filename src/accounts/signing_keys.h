#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/signing_key.h"
#include "base/clock.h"
#include "base/result.h"
#include "metadata/store.h"

namespace sluice::accounts {

/// The keys that sign and verify access tokens. They lie in the database, sealed; each process
/// opens them with the secret of the install, and a key that it cannot open is none to it. Threads:
/// safe for concurrent use. Refers to the store and the clock, which outlive it.
class SigningKeys {
 public:
  SigningKeys(metadata::Store& store, const Clock& clock, auth::KeySealer sealer)
      : store_(store), clock_(clock), sealer_(std::move(sealer)) {}

  /// Reads the keys; makes the first one, or the next one where the newest is a month old, and
  /// removes those that have signed nothing that is still valid. To be called at the start and
  /// every now and then, by each process.
  Result<void> tend();
  /// What signs now.
  Result<auth::SigningKey> current();
  /// Of a key's id; asks the database for one that is not known, at most once a second.
  std::optional<std::string> public_key(std::string_view id);

 private:
  struct Key {
    auth::SigningKey key;
    Micros created_at_us = 0;
    Micros signs_from_us = 0;
  };
  Result<void> reload();
  std::optional<std::string> known(std::string_view id) const;
  bool newest_is_older_than(Micros age_us) const;

  metadata::Store& store_;
  const Clock& clock_;
  const auth::KeySealer sealer_;
  mutable std::mutex mutex_;
  std::vector<Key> keys_;  ///< Newest first.
  Micros reloaded_at_us_ = 0;
  bool has_sealed_ones_ = false;  ///< Of another secret; said once.
};

}  // namespace sluice::accounts
