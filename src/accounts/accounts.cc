#include "accounts/accounts.h"

#include <utility>

#include "base/ids.h"
#include "base/log.h"

namespace sluice::accounts {
namespace {

constexpr Micros second_us = 1'000'000;
/// A revocation elsewhere is seen within a second, with the time that asking takes.
constexpr std::chrono::milliseconds watch_interval{500};
constexpr Micros uses_interval_us = 30 * second_us;
constexpr Micros tend_interval_us = 3'600 * second_us;
/// So long what has ended can still be looked at: which token it was that did something.
constexpr Micros ended_kept_us = 30LL * 86'400 * second_us;

}  // namespace

Accounts::Accounts(metadata::Store& store, const Clock& clock, Options options,
                   auth::KeySealer sealer)
    : store_(store),
      clock_(clock),
      options_(std::move(options)),
      keys_(store, clock, std::move(sealer)),
      authenticator_(store, keys_, clock) {}

Result<std::unique_ptr<Accounts>> Accounts::open(metadata::Store& store, const Clock& clock,
                                                 const Options& options) {
  TRY_ASSIGN(auth::KeySealer sealer, auth::KeySealer::create(options.secret_key));
  std::unique_ptr<Accounts> accounts(new Accounts(store, clock, options, std::move(sealer)));
  TRY(accounts->keys_.tend());
  TRY_ASSIGN(accounts->no_ones_hash_, auth::hash_password(random_hex(16), options.password_cost));
  BackgroundLoop::Options loop;
  loop.name = "accounts";
  loop.poll_interval = watch_interval;
  accounts->loop_ = std::make_unique<BackgroundLoop>(
      loop, [raw = accounts.get()](const std::stop_token&) { return raw->tend(); });
  return accounts;
}

Accounts::~Accounts() {
  if (loop_) loop_->stop();
  if (const Result<void> written = authenticator_.write_uses(); !written) {
    log::warn("last uses of tokens are not written down", {{"error", to_line(written.error())}});
  }
}

/// What fails is tried again a moment later: answers that are kept end by themselves meanwhile.
BackgroundLoop::Round Accounts::tend() {
  const auto say = [](const char* what, const Error& error) {
    log::warn(what, {{"code", error.code.text()}, {"error", error.detail}});
  };
  if (const auto looked = authenticator_.look_for_changes(); !looked) {
    say("revocations cannot be looked for", looked.error());
  }
  const Micros now_us = clock_.now_us();
  if (now_us - uses_written_at_us_ >= uses_interval_us) {
    uses_written_at_us_ = now_us;
    if (const auto written = authenticator_.write_uses(); !written) {
      say("last uses of tokens are not written down", written.error());
    }
  }
  if (now_us - tended_at_us_ >= tend_interval_us) {
    tended_at_us_ = now_us;
    if (const auto tended = keys_.tend(); !tended) {
      say("signing keys are not looked after", tended.error());
    }
    const Micros retention_us = options_.audit_retention_us;
    const Micros audit_before_us = retention_us == 0 ? 0 : now_us - retention_us;
    if (const auto purged = store_.purge_people(audit_before_us, now_us - ended_kept_us); !purged) {
      say("old rows of the audit log are not removed", purged.error());
    }
  }
  return BackgroundLoop::Round::idle;
}

std::optional<std::int64_t> Accounts::throttle(const Caller& caller, std::string_view login) {
  const Result<std::string> normal = auth::normal_login(login);
  return limiter_.begin(caller.address, normal ? *normal : std::string(login), clock_.now_us());
}

void Accounts::audit(metadata::AuditEntry entry) {
  const std::string operation = entry.operation;
  const std::string request_id = entry.request_id;
  if (const Result<void> written = store_.append_audit(std::move(entry)); !written) {
    log::error("the audit log cannot be written", {{"operation", operation},
                                                   {"request_id", request_id},
                                                   {"code", written.error().code.text()},
                                                   {"error", written.error().detail}});
  }
}

void Accounts::audit_person(const char* operation, const char* result, const TenantId& tenant,
                            std::string_view person_id, std::string_view login,
                            std::string_view session_id, const Caller& caller) {
  metadata::AuditEntry entry;
  entry.tenant = tenant;
  entry.operation = operation;
  entry.result = result;
  entry.person_id = person_id;
  entry.name = login;
  if (!session_id.empty()) {
    entry.credential_kind = "session";
    entry.credential_id = session_id;
  }
  entry.address = caller.address;
  entry.request_id = caller.request_id;
  audit(std::move(entry));
}

}  // namespace sluice::accounts
