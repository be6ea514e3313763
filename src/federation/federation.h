#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "dataset/dataset.h"
#include "dataset/sync_cost.h"
#include "lakehouse/remote_tables.h"
#include "query/parsed_statement.h"
#include "query/pool.h"
#include "sandbox/fork_server.h"

namespace sluice::federation {

/// A query that names tables of a lakehouse elsewhere. `request` has its local tables already.
struct FederatedQuery {
  TenantId tenant;
  query::QueryRequest request;
  query::ParsedStatement statement;          ///< Of the request's SQL.
  std::vector<lakehouse::RemoteName> names;  ///< That may be such tables (`remote_names`).
};

/// What a query reads of them, and what keeps the files as long as it is there.
struct FetchedTables {
  std::vector<query::TableSource> tables;
  std::shared_ptr<const void> files = {};
};

/// Queries over tables of a lakehouse that is not on this machine.
///
/// The engine plans the query over empty stand-ins first; what its scans then want of a table
/// (columns, filters, a limit) is asked of the lakehouse and brought into a file, which is what the
/// query reads (docs/decisions/0007). Blocks for as long as a warehouse takes: the caller bounds
/// how many do. Safe for concurrent use; what it is made of outlives it.
///
/// Errors: those of the lakehouse, never as if the asker's own token were bad; `remote_too_large`;
/// `query_deadline` where the warehouse takes longer than the query may; those of the query itself,
/// at their place in its SQL.
class Federation {
 public:
  struct Options {
    std::filesystem::path folder;  ///< For the files of queries.
    lakehouse::RemoteLimits limits = {};
  };

  Federation(lakehouse::RemoteTables& remote, query::WorkerPool& queries,
             sandbox::ForkServer& file_workers, Options options)
      : remote_(remote),
        queries_(queries),
        file_workers_(file_workers),
        options_(std::move(options)) {}

  /// The statement's names that may be tables elsewhere of this tenant's.
  std::vector<lakehouse::RemoteName> remote_names(const TenantId& tenant,
                                                  const query::ParsedStatement& statement) const;

  /// Those of the names that are tables, as the query reads them; `cost` is added to.
  Result<FetchedTables> fetch(const FederatedQuery& query, const std::stop_token& stop,
                              SyncCost& cost) const;

  /// Of a statement that is to be explained: its plan with a node `REMOTE` for each such table,
  /// which says what would be sent. Nothing is fetched. Empty where no name is such a table.
  Result<std::optional<query::QueryAnswer>> explain(const FederatedQuery& query,
                                                    const std::stop_token& stop) const;

 private:
  struct Planned;
  Result<std::vector<lakehouse::RemoteTable>> tables_of(const FederatedQuery& query,
                                                        const std::stop_token& stop) const;
  Result<Planned> plan(const FederatedQuery& query,
                       const std::vector<lakehouse::RemoteTable>& tables,
                       const std::filesystem::path& folder, const std::stop_token& stop) const;

  lakehouse::RemoteTables& remote_;
  query::WorkerPool& queries_;
  sandbox::ForkServer& file_workers_;
  const Options options_;
};

}  // namespace sluice::federation
