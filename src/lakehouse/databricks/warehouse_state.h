#pragma once

#include <stop_token>
#include <string>

#include "lakehouse/databricks/rest.h"

namespace sluice::lakehouse::databricks {

/// A SQL warehouse as the workspace describes it.
struct WarehouseState {
  std::string name;
  std::string state;  ///< `RUNNING`, `STARTING`, `STOPPED`, `STOPPING`, `DELETED`, `DELETING`.
  std::string kind;   ///< `PRO` or `CLASSIC`; a serverless one is `PRO`.
  std::string size;   ///< `2X-Small`.
  bool is_serverless = false;
  std::int64_t auto_stop_min = 0;  ///< Idle minutes until it stops; 0: never.
  std::int64_t clusters_min = 1;   ///< So many are up while it is.
  std::string failure = {};        ///< Why it cannot start, where it says so.
};

/// Looks at it by REST (`GET /api/2.0/sql/warehouses/{id}`), which wakes nothing. Errors: as
/// to_error; not_found for an id that is none.
Result<WarehouseState> warehouse_state(Rest& rest, const std::string& warehouse_id,
                                       const std::stop_token& stop, CallCount& calls);

}  // namespace sluice::lakehouse::databricks
