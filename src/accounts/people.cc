// Accounts: people who come, and their passwords.
#include "accounts/accounts.h"
#include "accounts/error_codes.h"
#include "auth/secrets.h"
#include "base/hash.h"
#include "base/ids.h"
#include "metadata/error_codes.h"

namespace sluice::accounts {
namespace {

/// Longer than anybody writes; it is shown in lists.
constexpr std::size_t tenant_name_bytes_max = 200;

tl::unexpected<Error> no_such_invitation() {
  return fail(Errc::permission_denied, metadata::Code::invitation_invalid,
              "There is no such invitation, or it was used, revoked, or has expired.",
              "Ask for a new one.");
}

}  // namespace

Result<void> Accounts::change_password(const auth::Principal& principal,
                                       std::string_view old_password, std::string_view new_password,
                                       const Caller& caller) {
  if (principal.kind != auth::CredentialKind::session) {
    return fail(Errc::permission_denied, Code::session_needed,
                "A password is changed by the person who is logged in, not by a token.",
                "Log in first: POST /api/v1/auth/login.");
  }
  TRY(auth::check_new_password(new_password, principal.name));
  TRY_ASSIGN(const metadata::PersonRecord person,
             checked_person(principal.name, old_password, caller));
  TRY_ASSIGN(const std::string hash, auth::hash_password(new_password, options_.password_cost));
  TRY(store_.set_password(person.id, hash, principal.credential_id));
  authenticator_.forget();
  return {};
}

Result<Registered> Accounts::register_person(const Registration& registration,
                                             const Caller& caller) {
  TRY_ASSIGN(const std::string login, auth::normal_login(registration.login));
  const bool is_invited = !registration.invitation.empty();
  if (!is_invited && !options_.open_registration) {
    return fail(Errc::permission_denied, Code::registration_closed,
                "Nobody registers here without an invitation.",
                "Ask an owner of the tenant for one, or set OPEN_REGISTRATION.");
  }
  Registered registered;
  registered.login = login;
  const std::string invitation_sha256 = sha256_hex(registration.invitation);
  if (is_invited) {
    if (!auth::is_invitation(registration.invitation)) return no_such_invitation();
    TRY_ASSIGN(const std::optional<metadata::InvitationRecord> invitation,
               store_.find_invitation(invitation_sha256));
    if (!invitation) return no_such_invitation();
    registered.tenant = invitation->invitation.tenant;
    registered.role = invitation->invitation.role;
  } else {
    registered.tenant = {"t_" + random_hex(8)};
    registered.role = auth::Role::owner;
  }
  TRY_ASSIGN(const std::optional<metadata::PersonRecord> known, store_.find_person(login));
  if (known && is_invited) {
    TRY_ASSIGN(const metadata::PersonRecord person,
               checked_person(login, registration.password, caller));
    TRY_ASSIGN(registered.person_id,
               store_.accept_invitation(invitation_sha256, login, "", person.id));
    authenticator_.forget();
  } else {
    TRY(auth::check_new_password(registration.password, login));
    TRY_ASSIGN(const std::string hash,
               auth::hash_password(registration.password, options_.password_cost));
    if (is_invited) {
      TRY_ASSIGN(registered.person_id, store_.accept_invitation(invitation_sha256, login, hash));
    } else {
      const std::string name = registration.tenant_name.empty() ? login : registration.tenant_name;
      TRY(store_.ensure_tenant(registered.tenant, name.substr(0, tenant_name_bytes_max)));
      TRY_ASSIGN(registered.person_id,
                 store_.add_person(login, hash, registered.tenant, registered.role));
    }
    limiter_.succeeded(caller.address, login);
  }
  audit_person("register", "ok", registered.tenant, registered.person_id, login, "", caller);
  return registered;
}

}  // namespace sluice::accounts
