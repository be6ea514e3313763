// Store: API tokens. Of a token only its hash and its first digits are ever stored.
#include "base/ids.h"
#include "metadata/error_codes.h"
#include "metadata/rows/credentials.h"
#include "metadata/rows/locks.h"
#include "metadata/rows/store_impl.h"
#include "metadata/sql/statement.h"
#include "metadata/store.h"

namespace sluice::metadata {
namespace {

/// Those that ended and are not purged yet count too: whoever makes and revokes them in a loop is
/// stopped. More than any team has programs.
constexpr std::int64_t tokens_max = 1'000;

}  // namespace

Result<std::string> Store::add_token(const NewToken& token) {
  const std::string token_id = new_uuid_v7();
  return impl_->write([&](soci::session& session) -> Result<std::string> {
    lock_tenant(impl_->engine(), session, token.tenant);
    std::int64_t count = 0;
    SqlStatement counted(session, "SELECT count(*) FROM tokens WHERE tenant_id = :tenant");
    counted.bind(token.tenant.value).out(count).next();
    if (count >= tokens_max) {
      return fail(Errc::conflict, Code::too_many_tokens,
                  "The tenant has " + std::to_string(count) + " tokens already (tokens_max).",
                  "Revoke those that nobody needs; they are gone a month later.");
    }
    // A database's own words for a conflict may hold the hash.
    const std::int64_t added =
        SqlStatement(
            session,
            "INSERT INTO tokens (token_id, tenant_id, sha256, label, scope, created_at_us, "
            "scopes, prefix, person_id, expires_at_us) VALUES (:id, :tenant, :sha256, :label, "
            "'', :at, :scopes, :prefix, :person, :expires) ON CONFLICT (sha256) DO NOTHING")
            .bind(token_id)
            .bind(token.tenant.value)
            .bind(token.sha256)
            .bind(token.name)
            .bind(impl_->clock.now_us())
            .bind(auth::to_scopes(token.permissions))
            .bind(token.prefix)
            .bind(token.person_id)
            .bind(token.expires_at_us)
            .run();
    if (added == 0) {
      return fail(Errc::conflict, Code::metadata_conflict, "There is such a token already.");
    }
    return token_id;
  });
}

Result<std::optional<KnownToken>> Store::find_token(std::string_view token_sha256) const {
  return impl_->read([&](soci::session& session) -> Result<std::optional<KnownToken>> {
    KnownToken known;
    std::string scopes;
    std::string role;
    std::optional<std::int64_t> disabled;
    SqlStatement select(
        session,
        "SELECT t.token_id, t.tenant_id, t.scopes, t.label, t.person_id, t.expires_at_us, "
        "t.revoked_at_us, COALESCE(m.role, ''), p.disabled_at_us FROM tokens t "
        "LEFT JOIN people p ON p.person_id = t.person_id "
        "LEFT JOIN memberships m ON m.person_id = t.person_id AND m.tenant_id = t.tenant_id "
        "WHERE t.sha256 = :sha256");
    auth::Principal& principal = known.principal;
    select.bind(token_sha256)
        .out(principal.credential_id)
        .out(principal.tenant.value)
        .out(scopes)
        .out(principal.name)
        .out(principal.person_id)
        .out(known.expires_at_us)
        .out(known.revoked_at_us)
        .out(role)
        .out(disabled);
    if (!select.next()) return std::optional<KnownToken>();
    principal.permissions = auth::parse_scopes(scopes);
    if (!principal.person_id.empty()) {
      principal.permissions =
          disabled ? auth::Permissions() : principal.permissions.within(permissions_of_role(role));
    }
    return std::optional<KnownToken>(std::move(known));
  });
}

Result<std::vector<TokenRecord>> Store::list_tokens(const TenantId& tenant) const {
  return impl_->read([&](soci::session& session) -> Result<std::vector<TokenRecord>> {
    TokenRecord record;
    std::string scopes;
    SqlStatement select(session,
                        "SELECT token_id, prefix, label, scopes, person_id, expires_at_us, "
                        "created_at_us, last_used_at_us, revoked_at_us FROM tokens "
                        "WHERE tenant_id = :tenant ORDER BY created_at_us DESC, token_id DESC");
    select.bind(tenant.value)
        .out(record.id)
        .out(record.token.prefix)
        .out(record.token.name)
        .out(scopes)
        .out(record.token.person_id)
        .out(record.token.expires_at_us)
        .out(record.created_at_us)
        .out(record.last_used_at_us)
        .out(record.revoked_at_us);
    record.token.tenant = tenant;
    std::vector<TokenRecord> records;
    while (select.next()) {
      record.token.permissions = auth::parse_scopes(scopes);
      records.push_back(record);
    }
    return records;
  });
}

Result<void> Store::revoke_token(const TenantId& tenant, std::string_view token_id) {
  return impl_->write([&](soci::session& session) -> Result<void> {
    const std::int64_t changed =
        SqlStatement(session,
                     "UPDATE tokens SET revoked_at_us = COALESCE(revoked_at_us, :now) "
                     "WHERE token_id = :id AND tenant_id = :tenant")
            .bind(impl_->clock.now_us())
            .bind(token_id)
            .bind(tenant.value)
            .run();
    if (changed == 0) {
      return fail(Errc::not_found, Code::token_not_found, "There is no such token.",
                  "GET /api/v1/tokens lists those that are there.");
    }
    credentials_changed(session);
    return {};
  });
}

Result<void> Store::note_token_uses(const std::vector<TokenUse>& uses) {
  return impl_->write([&](soci::session& session) -> Result<void> {
    for (const TokenUse& use : uses) {
      SqlStatement(session,
                   "UPDATE tokens SET last_used_at_us = :at WHERE token_id = :id "
                   "AND (last_used_at_us IS NULL OR last_used_at_us < :newer)")
          .bind(use.at_us)
          .bind(use.token_id)
          .bind(use.at_us)
          .run();
    }
    return {};
  });
}

Result<std::int64_t> Store::credentials_revision() const {
  return impl_->read([&](soci::session& session) -> Result<std::int64_t> {
    std::int64_t value = 0;
    SqlStatement select(session, "SELECT value FROM counters WHERE name = 'credentials'");
    select.out(value).next();
    return value;
  });
}

}  // namespace sluice::metadata
