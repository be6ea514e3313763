#pragma once

#include <stop_token>
#include <string>

#include "lakehouse/databricks/connection.h"
#include "lakehouse/databricks/unity_catalog.h"
#include "lakehouse/databricks/warehouse.h"

namespace sluice::lakehouse::databricks {

/// Makes a catalog. By REST, below `catalog_storage_root` where that is set. A metastore without a
/// storage of its own (what new accounts have) refuses that where it is not set: then by one
/// statement, which some workspaces with default storage take. True where it was made, false where
/// it was there. Errors: `databricks_catalog_storage` where only an administrator can make it, with
/// what to do; `databricks_permission`; else as to_error.
class CatalogMaker {
 public:
  /// All must outlive this.
  CatalogMaker(UnityCatalog& catalog, Warehouse& warehouse, const Connection& connection)
      : catalog_(catalog), warehouse_(warehouse), connection_(connection) {}

  Result<bool> make(const std::string& name, const std::string& comment,
                    const std::stop_token& stop, CallCount& calls, StatementCount& statements);

 private:
  Result<bool> make_by_statement(const std::string& name, const std::string& comment,
                                 const std::stop_token& stop, CallCount& calls,
                                 StatementCount& statements);

  UnityCatalog& catalog_;
  Warehouse& warehouse_;
  const Connection& connection_;
};

}  // namespace sluice::lakehouse::databricks
