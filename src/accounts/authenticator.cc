#include "accounts/authenticator.h"

#include <limits>
#include <utility>
#include <vector>

#include "accounts/error_codes.h"
#include "auth/access_token.h"

namespace sluice::accounts {
namespace {

constexpr Micros never_us = std::numeric_limits<Micros>::max();

tl::unexpected<Error> not_valid() {
  return fail(Errc::unauthenticated, Code::token_invalid, "The token is not valid.",
              "Send Authorization: Bearer with a token of GET /api/v1/tokens, or with what a login "
              "gave; the first token lies in DATA_STORAGE_PATH/token.");
}

tl::unexpected<Error> ended() {
  return fail(Errc::unauthenticated, Code::session_ended, "The session has ended.",
              "Log in again: POST /api/v1/auth/login.");
}

}  // namespace

Result<auth::Principal> Authenticator::authenticate(std::string_view credential) {
  const bool is_token = auth::is_token(credential);
  if (!is_token && !auth::looks_like_jwt(credential)) return not_valid();
  const std::string sha256 = auth::token_sha256(credential);
  if (std::optional<auth::Principal> known = cache_.find(sha256, clock_.now_us())) {
    return std::move(*known);
  }
  return is_token ? ask_of_token(sha256) : ask_of_access_token(credential, sha256);
}

std::string Authenticator::tenant_hint(std::string_view credential) const {
  if (!auth::is_token(credential) && !auth::looks_like_jwt(credential)) return {};
  const std::optional<auth::Principal> known =
      cache_.find(auth::token_sha256(credential), clock_.now_us());
  return known ? known->tenant.value : std::string();
}

Result<auth::Principal> Authenticator::ask_of_token(std::string_view sha256) {
  const std::uint64_t generation = cache_.generation();
  TRY_ASSIGN(std::optional<metadata::KnownToken> known, store_.find_token(sha256));
  if (!known) return not_valid();
  const Micros now_us = clock_.now_us();
  if (known->revoked_at_us) {
    return fail(Errc::unauthenticated, Code::token_revoked, "The token was revoked.",
                "Ask an owner of the tenant for another one.");
  }
  const Micros valid_until_us = known->expires_at_us.value_or(never_us);
  if (valid_until_us <= now_us) {
    return fail(Errc::unauthenticated, Code::token_expired, "The token has expired.",
                "Ask an owner of the tenant for another one.");
  }
  cache_.keep(sha256, known->principal, generation, now_us, valid_until_us);
  const std::lock_guard lock(mutex_);
  uses_[known->principal.credential_id] = now_us;
  return std::move(known->principal);
}

Result<auth::Principal> Authenticator::ask_of_access_token(std::string_view token,
                                                           std::string_view sha256) {
  const std::uint64_t generation = cache_.generation();
  const Micros now_us = clock_.now_us();
  TRY_ASSIGN(const auth::AccessClaims claims,
             auth::verify_access_token(
                 token, [this](std::string_view id) { return keys_.public_key(id); }, now_us));
  TRY_ASSIGN(std::optional<metadata::SessionRecord> record, store_.get_session(claims.session_id));
  if (!record || record->revoked_at_us || record->session.expires_at_us <= now_us ||
      !record->role || record->session.tenant != claims.tenant ||
      record->session.person_id != claims.person_id) {
    return ended();
  }
  auth::Principal principal{record->session.tenant,    record->id,
                            record->permissions,       auth::CredentialKind::session,
                            record->session.person_id, record->login};
  principal.csrf_sha256 = record->session.csrf_sha256;
  cache_.keep(sha256, principal, generation, now_us, claims.expires_at_us);
  return principal;
}

Result<void> Authenticator::look_for_changes() {
  TRY_ASSIGN(const std::int64_t revision, store_.credentials_revision());
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(revision_, revision) == revision) return {};
  }
  cache_.clear();
  return {};
}

Result<void> Authenticator::write_uses() {
  std::map<std::string, Micros> uses;
  {
    const std::lock_guard lock(mutex_);
    uses.swap(uses_);
  }
  if (uses.empty()) return {};
  std::vector<metadata::TokenUse> all;
  for (const auto& [id, at_us] : uses) all.push_back({id, at_us});
  return store_.note_token_uses(all);
}

}  // namespace sluice::accounts
