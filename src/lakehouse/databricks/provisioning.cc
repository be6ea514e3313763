#include "lakehouse/databricks/provisioning.h"

#include "base/log.h"
#include "dataset/names.h"

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

Result<TenantPlaces> Provisioning::ensure(const TenantId& tenant, const std::stop_token& stop,
                                          CallCount& calls) {
  const TenantPlaces places = places_of(tenant, connection_);
  {
    std::unique_lock lock(mutex_);
    if (!changed_.wait(lock, stop, [&] { return !in_progress_.contains(tenant.value); })) {
      return fail(work_stopped());
    }
    if (ready_.contains(tenant.value)) return places;
    in_progress_.insert(tenant.value);
  }
  const Result<void> made = make(tenant, places, stop, calls);
  const std::lock_guard lock(mutex_);
  in_progress_.erase(tenant.value);
  if (made) ready_.insert(tenant.value);
  changed_.notify_all();
  if (!made) return fail(made.error());
  return places;
}

void Provisioning::forget(const TenantId& tenant) {
  const std::lock_guard lock(mutex_);
  ready_.erase(tenant.value);
}

Result<void> Provisioning::make_catalog(const TenantId& tenant, const TenantPlaces& places,
                                        const std::stop_token& stop, CallCount& calls) {
  TRY_ASSIGN(const bool there, catalog_.catalog_exists(places.catalog, stop, calls));
  if (there) return {};
  const Result<bool> made = catalog_.create_catalog(
      places.catalog, "Tenant " + tenant.value + ", kept by Sluice", stop, calls);
  if (made) return {};
  Error error = made.error();
  if (error.kind == Errc::permission_denied) {
    error.remedy = "Have an administrator make it (CREATE CATALOG `" + places.catalog +
                   "`) and grant USE CATALOG and CREATE SCHEMA on it to our principal, or grant "
                   "CREATE CATALOG ON METASTORE; then sync again.";
  }
  return fail(std::move(error));
}

Result<void> Provisioning::make(const TenantId& tenant, const TenantPlaces& places,
                                const std::stop_token& stop, CallCount& calls) {
  TRY(make_catalog(tenant, places, stop, calls));
  for (const std::string& schema : {places.bronze, places.silver, places.gold}) {
    TRY_ASSIGN(const bool there,
               catalog_.schema_exists(places.catalog + "." + schema, stop, calls));
    if (!there) TRY(catalog_.create_schema(places.catalog, schema, stop, calls));
  }
  const std::string volume = places.catalog + "." + places.bronze + "." + places.volume;
  TRY_ASSIGN(const bool has_volume, catalog_.volume_exists(volume, stop, calls));
  if (!has_volume) {
    TRY(catalog_.create_volume(places.catalog, places.bronze, places.volume, stop, calls));
  }
  // A workspace without such a group, or a principal that may not grant, still syncs: the status of
  // the tables is right, and who may read them is the administrator's.
  const std::string group = group_of(tenant);
  struct Grant {
    const char* kind;
    std::string name;
    std::vector<std::string> privileges;
  };
  std::vector<Grant> grants;
  if (connection_.isolation == Isolation::catalog) {
    grants.push_back({"catalog", places.catalog, {"USE_CATALOG", "USE_SCHEMA", "SELECT"}});
  } else {
    grants.push_back({"catalog", places.catalog, {"USE_CATALOG"}});
    for (const std::string& schema : {places.bronze, places.silver, places.gold}) {
      grants.push_back({"schema", places.catalog + "." + schema, {"USE_SCHEMA", "SELECT"}});
    }
  }
  for (const Grant& grant : grants) {
    const Result<bool> granted =
        catalog_.grant(grant.kind, grant.name, group, grant.privileges, stop, calls);
    if (!granted && granted.error().kind == Errc::cancelled) return fail(granted.error());
    if (!granted) {
      log::warn("The tenant's group was not granted its tables",
                {{"tenant", tenant.value}, {"group", group}, {"error", to_line(granted.error())}});
    }
    if (!granted || !*granted) break;
  }
  return {};
}

}  // namespace sluice::lakehouse::databricks
