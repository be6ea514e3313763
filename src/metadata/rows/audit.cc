// Store: each tenant's audit log, and the end of what is old enough.
#include "base/ids.h"
#include "metadata/error_codes.h"
#include "metadata/rows/store_impl.h"
#include "metadata/sql/statement.h"
#include "metadata/store.h"

namespace sluice::metadata {
namespace {

constexpr std::int64_t page_rows_max = 1'000;

}  // namespace

Result<void> Store::append_audit(AuditEntry entry) {
  entry.id = new_uuid_v7();
  entry.at_us = impl_->clock.now_us();
  return impl_->write([&](soci::session& session) -> Result<void> {
    SqlStatement(session,
                 "INSERT INTO audit_log (audit_id, tenant_id, at_us, operation, object_id, result, "
                 "status, person_id, name, credential_kind, credential_id, address, request_id, "
                 "detail) VALUES (:id, :tenant, :at, :operation, :object, :result, :status, "
                 ":person, :name, :kind, :credential, :address, :request, :detail)")
        .bind(entry.id)
        .bind(entry.tenant.value)
        .bind(entry.at_us)
        .bind(entry.operation)
        .bind(entry.object_id)
        .bind(entry.result)
        .bind(entry.status)
        .bind(entry.person_id)
        .bind(entry.name)
        .bind(entry.credential_kind)
        .bind(entry.credential_id)
        .bind(entry.address)
        .bind(entry.request_id)
        .bind(entry.detail)
        .run();
    return {};
  });
}

Result<AuditPage> Store::list_audit(const TenantId& tenant, std::int64_t limit,
                                    const std::optional<AuditCursor>& after) const {
  if (limit < 1 || limit > page_rows_max) {
    return fail(Errc::invalid_argument, Code::page_limit,
                "A page has 1 to " + std::to_string(page_rows_max) + " rows.");
  }
  return impl_->read([&](soci::session& session) -> Result<AuditPage> {
    std::string sql =
        "SELECT audit_id, at_us, operation, object_id, result, status, person_id, name, "
        "credential_kind, credential_id, address, request_id, detail FROM audit_log "
        "WHERE tenant_id = :tenant";
    if (after) sql += " AND (at_us < :before OR (at_us = :at AND audit_id < :id))";
    sql += " ORDER BY at_us DESC, audit_id DESC LIMIT :limit";
    SqlStatement select(session, sql);
    select.bind(tenant.value);
    if (after) select.bind(after->at_us).bind(after->at_us).bind(after->id);
    select.bind(limit + 1);
    AuditEntry entry;
    entry.tenant = tenant;
    select.out(entry.id)
        .out(entry.at_us)
        .out(entry.operation)
        .out(entry.object_id)
        .out(entry.result)
        .out(entry.status)
        .out(entry.person_id)
        .out(entry.name)
        .out(entry.credential_kind)
        .out(entry.credential_id)
        .out(entry.address)
        .out(entry.request_id)
        .out(entry.detail);
    AuditPage page;
    while (select.next()) {
      if (page.entries.size() == static_cast<std::size_t>(limit)) {
        page.next = AuditCursor{page.entries.back().at_us, page.entries.back().id};
        break;
      }
      page.entries.push_back(entry);
    }
    return page;
  });
}

Result<std::int64_t> Store::purge_people(Micros audit_before_us, Micros ended_before_us) {
  return impl_->write([&](soci::session& session) -> Result<std::int64_t> {
    std::int64_t rows = SqlStatement(session, "DELETE FROM audit_log WHERE at_us < :before")
                            .bind(audit_before_us)
                            .run();
    for (const char* table : {"sessions", "tokens", "invitations"}) {
      rows += SqlStatement(session, std::string("DELETE FROM ") + table +
                                        " WHERE expires_at_us < :expired "
                                        "OR revoked_at_us < :revoked")
                  .bind(ended_before_us)
                  .bind(ended_before_us)
                  .run();
    }
    return rows;
  });
}

}  // namespace sluice::metadata
