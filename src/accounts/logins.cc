// Accounts: logins, and the sessions that they begin.
#include <algorithm>

#include "accounts/accounts.h"
#include "accounts/error_codes.h"
#include "auth/access_token.h"
#include "auth/secrets.h"
#include "base/hash.h"
#include "base/log.h"

namespace sluice::accounts {
namespace {

tl::unexpected<Error> failed() {
  return fail(Errc::unauthenticated, Code::login_failed, "The login or the password is wrong.",
              "Try again; an owner of the tenant can invite you anew.");
}

tl::unexpected<Error> invalid_refresh() {
  return fail(Errc::unauthenticated, Code::refresh_invalid,
              "That is no refresh token, or its session has ended.",
              "Log in again: POST /api/v1/auth/login.");
}

}  // namespace

Result<metadata::PersonRecord> Accounts::checked_person(std::string_view login,
                                                        std::string_view password,
                                                        const Caller& caller) {
  const Result<std::string> normal = auth::normal_login(login);
  if (!normal || password.size() > auth::password_bytes_max) return failed();
  TRY_ASSIGN(std::optional<metadata::PersonRecord> person, store_.find_person(*normal));
  // As long for a name that nobody has.
  const bool matches =
      auth::password_matches(person ? person->password_hash : no_ones_hash_, password);
  if (!person) return failed();
  if (!matches || person->disabled_at_us) {
    audit_failed_login(*person, caller);
    return failed();
  }
  limiter_.succeeded(caller.address, *normal);
  if (auth::needs_rehash(person->password_hash, options_.password_cost)) {
    TRY_ASSIGN(const std::string hash, auth::hash_password(password, options_.password_cost));
    TRY(store_.rehash_password(person->id, person->password_hash, hash));
  }
  return std::move(*person);
}

void Accounts::audit_failed_login(const metadata::PersonRecord& person, const Caller& caller) {
  const Result<std::vector<metadata::Membership>> memberships = store_.memberships_of(person.id);
  if (!memberships) return;  // The login fails anyway; the store's trouble shows elsewhere.
  for (const metadata::Membership& membership : *memberships) {
    audit_person("login", "refused", membership.tenant, person.id, person.login, "", caller);
  }
}

Result<Issued> Accounts::login(const Login& login, const Caller& caller) {
  TRY_ASSIGN(const metadata::PersonRecord person,
             checked_person(login.login, login.password, caller));
  TRY_ASSIGN(const std::vector<metadata::Membership> memberships, store_.memberships_of(person.id));
  const auto chosen = std::find_if(
      memberships.begin(), memberships.end(), [&login](const metadata::Membership& membership) {
        return login.tenant.empty() || membership.tenant.value == login.tenant;
      });
  if (chosen == memberships.end()) {
    return fail(Errc::permission_denied, Code::no_membership,
                "You are no member of that tenant, or of any.",
                "Ask one of its owners to invite you.");
  }
  const std::string family = auth::make_family();
  const std::string refresh_token = auth::make_refresh_token(family);
  const std::string csrf_token = login.is_browser ? auth::make_csrf_token() : std::string();
  metadata::SessionRecord session;
  session.session = {.person_id = person.id,
                     .tenant = chosen->tenant,
                     .family_sha256 = sha256_hex(family),
                     .refresh_sha256 = sha256_hex(refresh_token),
                     .csrf_sha256 = login.is_browser ? sha256_hex(csrf_token) : std::string(),
                     .is_browser = login.is_browser,
                     .expires_at_us = clock_.now_us() + options_.session_lifetime_us};
  TRY_ASSIGN(session.id, store_.create_session(session.session));
  session.login = person.login;
  session.role = chosen->role;
  audit_person("login", "ok", chosen->tenant, person.id, person.login, session.id, caller);
  TRY_ASSIGN(Issued issued, issue(session, refresh_token));
  issued.csrf_token = csrf_token;
  return issued;
}

Result<Issued> Accounts::issue(const metadata::SessionRecord& session, std::string refresh_token) {
  TRY_ASSIGN(const auth::SigningKey key, keys_.current());
  const Micros now_us = clock_.now_us();
  Issued issued;
  issued.access_expires_at_us =
      std::min(now_us + auth::access_token_lifetime_us, session.session.expires_at_us);
  issued.access_token =
      auth::sign_access_token(key, {session.id, session.session.person_id, session.session.tenant,
                                    now_us, issued.access_expires_at_us});
  issued.refresh_token = std::move(refresh_token);
  issued.refresh_expires_at_us = session.session.expires_at_us;
  issued.session_id = session.id;
  issued.person_id = session.session.person_id;
  issued.login = session.login;
  issued.tenant = session.session.tenant;
  issued.role = session.role.value_or(auth::Role::viewer);
  return issued;
}

Result<Issued> Accounts::refresh(std::string_view refresh_token, const Caller& caller) {
  const std::optional<std::string_view> family = auth::family_of(refresh_token);
  if (!family) return invalid_refresh();
  const std::string next = auth::make_refresh_token(*family);
  const Micros expires_at_us = clock_.now_us() + options_.session_lifetime_us;
  TRY_ASSIGN(const metadata::RotationResult result,
             store_.rotate_session(sha256_hex(*family), sha256_hex(refresh_token), sha256_hex(next),
                                   expires_at_us));
  switch (result.rotation) {
    case metadata::Rotation::rotated:
      return issue(result.session, next);
    case metadata::Rotation::raced:
      return fail(Errc::conflict, Code::refresh_raced,
                  "Another request of this browser has just taken the next token.",
                  "Go on with the cookies that it brought.");
    case metadata::Rotation::reused:
      authenticator_.forget();
      log::warn("a refresh token was used twice; its session was ended",
                {{"session_id", result.session.id}, {"request_id", caller.request_id}});
      audit_person("refresh", "refused", result.session.session.tenant,
                   result.session.session.person_id, result.session.login, result.session.id,
                   caller);
      return fail(Errc::unauthenticated, Code::refresh_reused,
                  "The refresh token was used before, so that its session was ended.",
                  "Log in again, and change the password if that was not you.");
    case metadata::Rotation::ended:
    case metadata::Rotation::unknown:
      break;
  }
  return invalid_refresh();
}

Result<void> Accounts::log_out(const auth::Principal& principal, const Caller& caller) {
  if (principal.kind != auth::CredentialKind::session) return {};
  TRY(store_.revoke_session(principal.credential_id));
  authenticator_.forget();
  audit_person("logout", "ok", principal.tenant, principal.person_id, principal.name,
               principal.credential_id, caller);
  return {};
}

Result<void> Accounts::log_out(std::string_view refresh_token, const Caller& caller) {
  const std::optional<std::string_view> family = auth::family_of(refresh_token);
  if (!family) return {};
  // Whoever has a token of the family may end it, be it the newest or not.
  TRY_ASSIGN(const metadata::RotationResult result,
             store_.rotate_session(sha256_hex(*family), sha256_hex(refresh_token),
                                   sha256_hex(auth::make_refresh_token(*family)),
                                   clock_.now_us() + options_.session_lifetime_us));
  if (result.rotation == metadata::Rotation::unknown ||
      result.rotation == metadata::Rotation::ended) {
    return {};
  }
  const metadata::SessionRecord& session = result.session;
  TRY(store_.revoke_session(session.id));
  authenticator_.forget();
  audit_person("logout", "ok", session.session.tenant, session.session.person_id, session.login,
               session.id, caller);
  return {};
}

}  // namespace sluice::accounts
