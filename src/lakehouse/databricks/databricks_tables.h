#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "lakehouse/databricks/connection.h"
#include "lakehouse/databricks/rest.h"
#include "lakehouse/databricks/unity_catalog.h"
#include "lakehouse/databricks/warehouse.h"
#include "lakehouse/remote_tables.h"
#include "sandbox/fork_server.h"

namespace sluice::lakehouse::databricks {

/// The tenant's bronze, silver and gold in Unity Catalog, for queries here. Results come by
/// presigned links to the cloud's storage, chunk by chunk, into a file.
class DatabricksTables final : public RemoteTables {
 public:
  /// Chunks on their way lie in `folder`, which is emptied first. `workers` read them, and must
  /// outlive this.
  static Result<std::unique_ptr<RemoteTables>> open(Connection connection,
                                                    const std::filesystem::path& folder,
                                                    sandbox::ForkServer& workers);

  bool may_hold(const TenantId& tenant, const RemoteName& name) const override;
  Result<std::optional<RemoteTable>> find(const RemoteName& name,
                                          const std::stop_token& stop) override;
  Result<std::string> sql_of(const RemoteScan& scan, const RemoteLimits& limits) const override;
  Result<std::int64_t> fetch(const TenantId& tenant, const RemoteScan& scan,
                             const RemoteLimits& limits, const std::filesystem::path& file,
                             const std::stop_token& stop, SyncCost& cost) override;

  DatabricksTables(Connection connection, std::filesystem::path folder,
                   sandbox::ForkServer& workers);

 private:
  const Connection connection_;
  const std::filesystem::path folder_;
  sandbox::ForkServer& workers_;
  Rest rest_;
  UnityCatalog catalog_;
  Warehouse warehouse_;
};

}  // namespace sluice::lakehouse::databricks
