#pragma once

#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "lakehouse/databricks/rest.h"

namespace sluice::lakehouse::databricks {

/// A column as Unity Catalog lists it.
struct CatalogColumn {
  std::string name;
  std::string type;  ///< `decimal(9,2)`, as the server writes it.
  std::string comment;
  std::string mask = {};  ///< The function that masks it; empty: none.
};

/// A table as Unity Catalog knows it.
struct CatalogTable {
  std::string full_name;
  std::string kind;      ///< `managed` or `external`.
  std::string location;  ///< The cloud's address.
  std::map<std::string, std::string> properties;
  std::vector<CatalogColumn> columns;
  std::string owner = {};
  std::string row_filter = {};  ///< The function that filters its rows; empty: none.
};

/// Unity Catalog's objects by REST (docs.databricks.com/api/workspace/catalogs and beside it): none
/// of it wakes a warehouse. `create_*` answer false where the thing was there already. Threads:
/// safe.
class UnityCatalog {
 public:
  explicit UnityCatalog(Rest& rest) : rest_(rest) {}  ///< Must outlive this.

  Result<bool> catalog_exists(const std::string& name, const std::stop_token& stop,
                              CallCount& calls);
  Result<bool> schema_exists(const std::string& full_name, const std::stop_token& stop,
                             CallCount& calls);
  Result<bool> volume_exists(const std::string& full_name, const std::stop_token& stop,
                             CallCount& calls);
  /// `storage_root`: the cloud's address of its managed tables; empty: the metastore's own.
  Result<bool> create_catalog(const std::string& name, const std::string& comment,
                              const std::string& storage_root, const std::stop_token& stop,
                              CallCount& calls);
  Result<bool> create_schema(const std::string& catalog, const std::string& name,
                             const std::stop_token& stop, CallCount& calls);
  Result<bool> create_volume(const std::string& catalog, const std::string& schema,
                             const std::string& name, const std::stop_token& stop,
                             CallCount& calls);
  Result<bool> create_external_volume(const std::string& catalog, const std::string& schema,
                                      const std::string& name, const std::string& location,
                                      const std::stop_token& stop, CallCount& calls);
  /// Absent is success; an external one's files stay.
  Result<void> drop_volume(const std::string& full_name, const std::stop_token& stop,
                           CallCount& calls);
  /// Adds privileges of a group; false where there is no such group.
  Result<bool> grant(const std::string& kind, const std::string& full_name,
                     const std::string& principal, const std::vector<std::string>& privileges,
                     const std::stop_token& stop, CallCount& calls);

  Result<std::optional<CatalogTable>> find_table(const std::string& full_name,
                                                 const std::stop_token& stop, CallCount& calls);
  /// Absent is success.
  Result<void> drop_table(const std::string& full_name, const std::stop_token& stop,
                          CallCount& calls);

 private:
  Result<bool> exists(const std::string& kind, const std::string& full_name,
                      const std::stop_token& stop, CallCount& calls);
  Result<void> drop(const std::string& kind, const std::string& full_name,
                    const std::stop_token& stop, CallCount& calls);
  Result<bool> create(const std::string& kind, boost::json::value body, const std::string& doing,
                      const std::stop_token& stop, CallCount& calls);

  Rest& rest_;
};

}  // namespace sluice::lakehouse::databricks
