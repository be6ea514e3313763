#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "dataset/dataset.h"
#include "dataset/sync_cost.h"

namespace sluice::lakehouse {

/// Catalog, schema, table; lower case.
using RemoteName = std::vector<std::string>;

/// A table of a lakehouse that is not on this machine; `columns[].type` is DuckDB's, VARCHAR where
/// it has none of that kind (nested values come as JSON); `reason` has the lakehouse's own.
struct RemoteTable {
  RemoteName name;
  std::vector<Column> columns;
};

/// A condition that drops rows which a query will not need; the query itself is still asked of what
/// came. Numbers, dates and moments as DuckDB writes them.
struct RemoteFilter {
  enum class Kind { compare, one_of, is_null, is_not_null };
  Kind kind = Kind::compare;
  std::size_t column = 0;  ///< Of RemoteTable::columns.
  std::string compare;     ///< `=`, `!=`, `<`, `<=`, `>`, `>=`
  std::vector<std::string> values = {};
};

/// What of a table a query needs.
struct RemoteScan {
  RemoteTable table;
  std::vector<std::size_t> columns;  ///< None: only how many rows there are.
  std::vector<RemoteFilter> filters = {};
  std::optional<std::int64_t> limit = {};
};

/// More than this is refused rather than brought here.
struct RemoteLimits {
  std::int64_t rows_max = 1'000'000;
  std::int64_t bytes_max = std::int64_t{256} << 20U;  ///< Of the cells as text.
};

/// Tables that queries here may name beside local ones. Threads: safe. Errors: as of Lakehouse;
/// `too_large` (`remote_too_large`), which names the limit.
class RemoteTables {
 public:
  virtual ~RemoteTables() = default;

  /// Whether a table of this name would be in the tenant's own schemas: it sees no others. Asks
  /// nobody.
  virtual bool may_hold(const TenantId& tenant, const RemoteName& name) const = 0;
  /// Empty where there is none. Costs no warehouse.
  virtual Result<std::optional<RemoteTable>> find(const RemoteName& name,
                                                  const std::stop_token& stop) = 0;
  /// What fetch sends.
  virtual Result<std::string> sql_of(const RemoteScan& scan, const RemoteLimits& limits) const = 0;
  /// Brings it into a Parquet file whose columns are called `c0`, `c1`, … as scan.columns are
  /// numbered there; gives its rows. On failure no file is left. `cost` is added to.
  virtual Result<std::int64_t> fetch(const TenantId& tenant, const RemoteScan& scan,
                                     const RemoteLimits& limits, const std::filesystem::path& file,
                                     const std::stop_token& stop, SyncCost& cost) = 0;
};

}  // namespace sluice::lakehouse
