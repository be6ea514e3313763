#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/authenticator.h"
#include "accounts/signing_keys.h"
#include "auth/login_limiter.h"
#include "auth/password.h"
#include "base/background_loop.h"
#include "base/clock.h"
#include "base/result.h"
#include "metadata/store.h"

namespace sluice::accounts {

struct Options {
  std::string secret_key = {};  ///< SLUICE_SECRET_KEY: at least 32 characters.
  auth::PasswordCost password_cost = {};
  bool open_registration = false;
  Micros session_lifetime_us = 30LL * 86'400 * 1'000'000;  ///< Without a refresh.
  Micros audit_retention_us = 365LL * 86'400 * 1'000'000;  ///< 0: for ever.
};

/// From where, for the log and the limits.
struct Caller {
  std::string address;
  std::string request_id = {};
};

struct Login {
  std::string login;
  std::string password;
  std::string tenant = {};  ///< Empty: the one that they have been in for longest.
  bool is_browser = false;  ///< Its tabs may race for a refresh, and it gets a CSRF token.
};

/// What a login or a refresh gives. All of it is shown once.
struct Issued {
  std::string access_token;
  Micros access_expires_at_us = 0;
  std::string refresh_token;
  Micros refresh_expires_at_us = 0;
  std::string csrf_token = {};  ///< Of a browser's login; a refresh leaves it as it was.
  std::string session_id;
  std::string person_id;
  std::string login;
  TenantId tenant;
  auth::Role role = auth::Role::viewer;
};

struct Registration {
  std::string invitation = {};  ///< Empty: a tenant of their own, where registration is open.
  std::string login;
  std::string password;
  std::string tenant_name = {};  ///< Of that one.
};

/// Somebody who registered.
struct Registered {
  std::string person_id;
  std::string login;
  TenantId tenant;
  auth::Role role = auth::Role::viewer;
};

/// People, their sessions, and who is asking. One in a process that authenticates. Everything that
/// hashes a password blocks for as long as that takes (some 30 ms of a core and 19 MiB); the caller
/// bounds how many run at once. Threads: safe for concurrent use.
class Accounts {
 public:
  /// Reads or makes the signing keys, and begins to look for revocations. Store and clock outlive
  /// it.
  static Result<std::unique_ptr<Accounts>> open(metadata::Store& store, const Clock& clock,
                                                const Options& options);
  ~Accounts();
  Accounts(const Accounts&) = delete;
  Accounts& operator=(const Accounts&) = delete;

  Authenticator& authenticator() { return authenticator_; }

  /// Before a password is looked at (login, register, change_password): after how many seconds to
  /// come again where too many were wrong. What it counted is taken back by the call that follows
  /// where that succeeds.
  std::optional<std::int64_t> throttle(const Caller& caller, std::string_view login);

  /// `login_failed` for an unknown name and a wrong password alike, after the same work;
  /// `no_membership`.
  Result<Issued> login(const Login& login, const Caller& caller);
  /// Once for each refresh token: the answer has the next one. `refresh_invalid`,
  /// `refresh_reused` (the session was ended), `refresh_raced`.
  Result<Issued> refresh(std::string_view refresh_token, const Caller& caller);
  /// The session ends, now and everywhere; of a token nothing changes.
  Result<void> log_out(const auth::Principal& principal, const Caller& caller);
  /// The same by a refresh token; whatever is not one of ours changes nothing.
  Result<void> log_out(std::string_view refresh_token, const Caller& caller);

  /// Of the person's own, who is logged in (`session_needed`); all their other sessions end.
  Result<void> change_password(const auth::Principal& principal, std::string_view old_password,
                               std::string_view new_password, const Caller& caller);
  /// By an invitation, or into a tenant of their own. Who is known already shows their password
  /// and becomes a member of one more tenant.
  Result<Registered> register_person(const Registration& registration, const Caller& caller);

  /// Adds to the tenant's log; what cannot be written is logged, and nothing else is stopped.
  void audit(metadata::AuditEntry entry);

 private:
  Accounts(metadata::Store& store, const Clock& clock, Options options, auth::KeySealer sealer);
  Result<metadata::PersonRecord> checked_person(std::string_view login, std::string_view password,
                                                const Caller& caller);
  Result<Issued> issue(const metadata::SessionRecord& session, std::string refresh_token);
  void audit_failed_login(const metadata::PersonRecord& person, const Caller& caller);
  void audit_person(const char* operation, const char* result, const TenantId& tenant,
                    std::string_view person_id, std::string_view login, std::string_view session_id,
                    const Caller& caller);
  BackgroundLoop::Round tend();

  metadata::Store& store_;
  const Clock& clock_;
  const Options options_;
  SigningKeys keys_;
  Authenticator authenticator_;
  auth::LoginLimiter limiter_;
  std::string no_ones_hash_;  ///< What an unknown name's password is compared with.
  Micros uses_written_at_us_ = 0;
  Micros tended_at_us_ = 0;
  std::unique_ptr<BackgroundLoop> loop_;  ///< Last: its rounds use the others.
};

}  // namespace sluice::accounts
