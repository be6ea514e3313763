#include "lakehouse/databricks/provisioning.h"

#include "base/background_loop.h"
#include "dataset/names.h"
#include "lakehouse/databricks/tenant_grants.h"

namespace sluice::lakehouse::databricks {
namespace {

/// Not `_landing`: Spark takes folders that begin with `_` for hidden.
constexpr const char* landing_volume = "landing";

}  // namespace

TenantPlaces places_of(const TenantId& tenant, const Connection& connection) {
  if (connection.isolation == Isolation::catalog) {
    return {catalog_name(tenant), "bronze", "silver", "gold", landing_volume};
  }
  const std::string prefix = "tenant_" + tenant.value + "__";
  return {connection.shared_catalog, prefix + "bronze", prefix + "silver", prefix + "gold",
          landing_volume};
}

std::string group_of(const TenantId& tenant) { return "sluice-tenant-" + tenant.value; }

Result<void> Provisioning::ensure(const TenantId& tenant, bool grants_again,
                                  const std::stop_token& stop, CallCount& calls,
                                  StatementCount& statements) {
  bool made = false;
  {
    std::unique_lock lock(mutex_);
    if (!changed_.wait(lock, stop, [&] { return !in_progress_.contains(tenant.value); })) {
      return fail(work_stopped());
    }
    const auto ready = ready_.find(tenant.value);
    made = ready != ready_.end();
    if (made && (!grants_again || ready->second.empty())) return {};
    in_progress_.insert(tenant.value);
  }
  const Result<std::string> warning = make_and_grant(tenant, made, stop, calls, statements);
  const std::lock_guard lock(mutex_);
  in_progress_.erase(tenant.value);
  if (warning) ready_[tenant.value] = *warning;
  changed_.notify_all();
  if (!warning) return fail(warning.error());
  return {};
}

std::string Provisioning::warning_of(const TenantId& tenant) const {
  const std::lock_guard lock(mutex_);
  const auto ready = ready_.find(tenant.value);
  return ready == ready_.end() ? "" : ready->second;
}

Result<std::string> Provisioning::make_and_grant(const TenantId& tenant, bool made,
                                                 const std::stop_token& stop, CallCount& calls,
                                                 StatementCount& statements) {
  const TenantPlaces places = places_of(tenant, connection_);
  if (!made) TRY(make(tenant, places, stop, calls, statements));
  return grant_to_group(catalog_, tenant, places, connection_.isolation, stop, calls);
}

void Provisioning::forget(const TenantId& tenant) {
  const std::lock_guard lock(mutex_);
  ready_.erase(tenant.value);
}

Result<void> Provisioning::make(const TenantId& tenant, const TenantPlaces& places,
                                const std::stop_token& stop, CallCount& calls,
                                StatementCount& statements) {
  TRY_ASSIGN(const bool has_catalog, catalog_.catalog_exists(places.catalog, stop, calls));
  bool is_new_catalog = false;
  if (!has_catalog) {
    TRY_ASSIGN(is_new_catalog,
               maker_.make(places.catalog, "Tenant " + tenant.value + ", kept by Sluice", stop,
                           calls, statements));
  }
  // In what was just made there is nothing to look for.
  bool is_new_bronze = false;
  for (const std::string& schema : {places.bronze, places.silver, places.gold}) {
    bool has_schema = false;
    if (!is_new_catalog) {
      TRY_ASSIGN(has_schema, catalog_.schema_exists(places.catalog + "." + schema, stop, calls));
    }
    if (has_schema) continue;
    TRY_ASSIGN(const bool made, catalog_.create_schema(places.catalog, schema, stop, calls));
    if (schema == places.bronze) is_new_bronze = made;
  }
  bool has_volume = false;
  if (!is_new_bronze) {
    const std::string volume = places.catalog + "." + places.bronze + "." + places.volume;
    TRY_ASSIGN(has_volume, catalog_.volume_exists(volume, stop, calls));
  }
  if (!has_volume) {
    TRY(catalog_.create_volume(places.catalog, places.bronze, places.volume, stop, calls));
  }
  return {};
}

}  // namespace sluice::lakehouse::databricks
