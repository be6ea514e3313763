// Store: tenants.
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

}  // namespace sluice::metadata
