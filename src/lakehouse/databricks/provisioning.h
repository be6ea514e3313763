#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>

#include "dataset/dataset.h"
#include "lakehouse/databricks/catalog_maker.h"
#include "lakehouse/databricks/connection.h"
#include "lakehouse/databricks/unity_catalog.h"

namespace sluice::lakehouse::databricks {

/// Where a tenant's things are.
struct TenantPlaces {
  std::string catalog;
  std::string bronze;  ///< Schema names.
  std::string silver;
  std::string gold;
  std::string volume;  ///< In the bronze schema.

  std::string volume_path() const { return "/Volumes/" + catalog + "/" + bronze + "/" + volume; }
};

TenantPlaces places_of(const TenantId& tenant, const Connection& connection);
/// The group that may read what the tenant has, where the workspace has one of that name.
std::string group_of(const TenantId& tenant);

/// Makes a tenant's catalog, schemas and landing volume: once per process and tenant, one caller at
/// a time, and harmless where they are there. By REST, but for a catalog that only a statement can
/// make (CatalogMaker). A catalog that our principal may not create can be made beforehand.
/// Threads: safe.
class Provisioning {
 public:
  /// All must outlive this.
  Provisioning(UnityCatalog& catalog, Warehouse& warehouse, const Connection& connection)
      : catalog_(catalog), connection_(connection), maker_(catalog, warehouse, connection) {}

  /// `grants_again`: grants that were refused are tried anew, which costs a call or a few each
  /// time.
  Result<void> ensure(const TenantId& tenant, bool grants_again, const std::stop_token& stop,
                      CallCount& calls, StatementCount& statements);
  /// What the tenant's group was not granted (grant_to_group), as far as this process tried.
  std::string warning_of(const TenantId& tenant) const;
  /// Something was dropped behind our back: look again.
  void forget(const TenantId& tenant);

 private:
  Result<void> make(const TenantId& tenant, const TenantPlaces& places, const std::stop_token& stop,
                    CallCount& calls, StatementCount& statements);
  /// All that is to be made, unless that is `made` already, and the grants: their warning.
  Result<std::string> make_and_grant(const TenantId& tenant, bool made, const std::stop_token& stop,
                                     CallCount& calls, StatementCount& statements);

  UnityCatalog& catalog_;
  const Connection& connection_;
  CatalogMaker maker_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<std::string, std::string> ready_;  ///< Tenants, and what their groups lack.
  std::set<std::string> in_progress_;
};

}  // namespace sluice::lakehouse::databricks
