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

  Result<TenantPlaces> ensure(const TenantId& tenant, const std::stop_token& stop, CallCount& calls,
                              StatementCount& statements);
  /// Something was dropped behind our back: look again.
  void forget(const TenantId& tenant);

 private:
  Result<void> make(const TenantId& tenant, const TenantPlaces& places, const std::stop_token& stop,
                    CallCount& calls, StatementCount& statements);

  UnityCatalog& catalog_;
  const Connection& connection_;
  CatalogMaker maker_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::set<std::string> ready_;
  std::set<std::string> in_progress_;
};

}  // namespace sluice::lakehouse::databricks
