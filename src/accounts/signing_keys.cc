#include "accounts/signing_keys.h"

#include <algorithm>

#include "auth/access_token.h"
#include "auth/error_codes.h"
#include "base/base64.h"
#include "base/log.h"

namespace sluice::accounts {
namespace {

constexpr Micros hour_us = 3'600LL * 1'000'000;
constexpr Micros day_us = 24 * hour_us;
/// So long a key signs.
constexpr Micros key_age_max_us = 30 * day_us;
/// The next one is there for so long before it signs, so that every process knows it by then.
constexpr Micros published_before_us = day_us;
/// After another one signs: longer than what it signed is valid.
constexpr Micros kept_after_us = hour_us;
static_assert(kept_after_us > auth::access_token_lifetime_us);
constexpr Micros reload_interval_us = 1'000'000;

}  // namespace

Result<void> SigningKeys::reload() {
  TRY_ASSIGN(const std::vector<metadata::SigningKeyRecord> records, store_.list_signing_keys());
  std::vector<Key> keys;
  bool sealed_ones = false;
  for (const metadata::SigningKeyRecord& record : records) {
    Result<auth::SigningKey> opened = sealer_.open(record.id, record.sealed_private_key);
    if (!opened) {
      sealed_ones = true;
      continue;
    }
    keys.push_back({std::move(*opened), record.created_at_us, record.signs_from_us});
  }
  const std::lock_guard lock(mutex_);
  if (sealed_ones && !has_sealed_ones_) {
    log::warn("signing keys of another SLUICE_SECRET_KEY are left aside",
              {{"hint", "give every process the same one"}});
  }
  has_sealed_ones_ = sealed_ones;
  keys_ = std::move(keys);
  reloaded_at_us_ = clock_.now_us();
  return {};
}

bool SigningKeys::newest_is_older_than(Micros age_us) const {
  const std::lock_guard lock(mutex_);
  return keys_.empty() || keys_.front().created_at_us < clock_.now_us() - age_us;
}

Result<void> SigningKeys::tend() {
  TRY(reload());
  const Micros now_us = clock_.now_us();
  if (newest_is_older_than(key_age_max_us)) {
    const auth::SigningKey key = auth::make_signing_key();
    bool is_first = false;
    {
      const std::lock_guard lock(mutex_);
      is_first = keys_.empty();
    }
    // Keys of another secret do not count: one of ours is needed now.
    const Micros since_us = is_first && has_sealed_ones_ ? now_us + 1 : now_us - key_age_max_us;
    TRY(store_.add_signing_key({key.id, base64_encode(key.public_key), sealer_.seal(key), now_us,
                                is_first ? now_us : now_us + published_before_us},
                               since_us));
    TRY(reload());
  }
  std::vector<std::string> over;
  {
    const std::lock_guard lock(mutex_);
    bool is_replaced = false;
    for (const Key& key : keys_) {
      if (is_replaced) over.push_back(key.key.id);
      if (key.signs_from_us + kept_after_us < now_us) is_replaced = true;
    }
  }
  for (const std::string& id : over) TRY(store_.remove_signing_key(id));
  return over.empty() ? Result<void>() : reload();
}

Result<auth::SigningKey> SigningKeys::current() {
  const Micros now_us = clock_.now_us();
  const std::lock_guard lock(mutex_);
  for (const Key& key : keys_) {
    if (key.signs_from_us <= now_us) return key.key;
  }
  return fail(Errc::unavailable, auth::Code::signing_key_sealed,
              "There is no key to sign access tokens with.", "Try again in a moment.");
}

std::optional<std::string> SigningKeys::known(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  const auto found =
      std::find_if(keys_.begin(), keys_.end(), [id](const Key& key) { return key.key.id == id; });
  if (found == keys_.end()) return std::nullopt;
  return found->key.public_key;
}

std::optional<std::string> SigningKeys::public_key(std::string_view id) {
  if (std::optional<std::string> key = known(id)) return key;
  {
    const std::lock_guard lock(mutex_);
    if (clock_.now_us() - reloaded_at_us_ < reload_interval_us) return std::nullopt;
    reloaded_at_us_ = clock_.now_us();
  }
  if (!reload()) return std::nullopt;
  return known(id);
}

}  // namespace sluice::accounts
