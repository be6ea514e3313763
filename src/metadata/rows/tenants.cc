// Store: tenants and tokens. Of a token only its hash is ever stored.
#include "base/ids.h"
#include "dataset/names.h"
#include "metadata/error_codes.h"
#include "metadata/rows/store_impl.h"
#include "metadata/sql/statement.h"
#include "metadata/store.h"

namespace sluice::metadata {

Result<void> Store::ensure_tenant(const TenantId& tenant, std::string_view name) {
  if (!is_tenant_id(tenant.value)) {
    return fail(Errc::invalid_argument, Code::tenant_id, "That is no tenant id.",
                "Use 1 to 40 of a-z, 0-9 and _.");
  }
  return impl_->write([&](soci::session& session) -> Result<void> {
    SqlStatement(
        session,
        "INSERT INTO tenants (tenant_id, name, created_at_us) VALUES (:tenant, :name, :at) "
        "ON CONFLICT (tenant_id) DO NOTHING")
        .bind(tenant.value)
        .bind(name)
        .bind(impl_->clock.now_us())
        .run();
    return {};
  });
}

Result<std::string> Store::add_token(const TenantId& tenant, std::string_view token_sha256,
                                     std::string_view label, auth::Scope scope) {
  const std::string token_id = new_uuid_v7();
  return impl_->write([&](soci::session& session) -> Result<std::string> {
    SqlStatement(session,
                 "INSERT INTO tokens (token_id, tenant_id, sha256, label, scope, created_at_us) "
                 "VALUES (:id, :tenant, :sha256, :label, :scope, :at)")
        .bind(token_id)
        .bind(tenant.value)
        .bind(token_sha256)
        .bind(label)
        .bind(auth::name_of(scope))
        .bind(impl_->clock.now_us())
        .run();
    return token_id;
  });
}

Result<std::optional<auth::Principal>> Store::find_token(std::string_view token_sha256) const {
  return impl_->read([&](soci::session& session) -> Result<std::optional<auth::Principal>> {
    auth::Principal principal;
    std::string scope;
    SqlStatement select(session,
                        "SELECT token_id, tenant_id, scope FROM tokens WHERE sha256 = :sha256");
    select.bind(token_sha256).out(principal.token_id).out(principal.tenant.value).out(scope);
    if (!select.next()) return std::optional<auth::Principal>();
    const std::optional<auth::Scope> known = auth::parse_scope(scope);
    if (!known) return std::optional<auth::Principal>();  // A newer Sluice's scope: grant nothing.
    principal.scope = *known;
    return std::optional<auth::Principal>(std::move(principal));
  });
}

}  // namespace sluice::metadata
