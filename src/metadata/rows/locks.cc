#include "metadata/rows/locks.h"

#include <string>

#include "metadata/sql/statement.h"

namespace sluice::metadata {
namespace {

void lock_row(const Engine& engine, soci::session& session, std::string select,
              std::string_view id) {
  std::int64_t one = 0;
  SqlStatement lock(session, std::move(select) + std::string(engine.row_lock()));
  lock.bind(id).out(one).next();
}

}  // namespace

void lock_tenant(const Engine& engine, soci::session& session, const TenantId& tenant) {
  lock_row(engine, session, "SELECT 1 FROM tenants WHERE tenant_id = :id", tenant.value);
}

void lock_dataset(const Engine& engine, soci::session& session, std::string_view dataset_id) {
  lock_row(engine, session, "SELECT 1 FROM datasets WHERE dataset_id = :id", dataset_id);
}

}  // namespace sluice::metadata
