#pragma once

#include <chrono>
#include <mutex>
#include <optional>
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

/// Nothing runs on it, and a statement would have to wake it.
bool is_asleep(const WarehouseState& warehouse);

/// Looks at it by REST (`GET /api/2.0/sql/warehouses/{id}`), which wakes nothing. Errors: as
/// to_error; not_found for an id that is none.
Result<WarehouseState> warehouse_state(Rest& rest, const std::string& warehouse_id,
                                       const std::stop_token& stop, CallCount& calls);

/// How a warehouse is set up, looked at once an hour: what a cost is reckoned with. Threads: safe;
/// two that come first both look.
class WarehouseSetup {
 public:
  /// Both must outlive this.
  WarehouseSetup(Rest& rest, const std::string& warehouse_id)
      : rest_(rest), warehouse_id_(warehouse_id) {}

  /// Nothing where our principal may not look, or it could not be reached: looked at again after
  /// five minutes.
  std::optional<WarehouseState> get(const std::stop_token& stop, CallCount& calls);

 private:
  Rest& rest_;
  const std::string& warehouse_id_;
  std::mutex mutex_;
  std::optional<WarehouseState> seen_;
  std::optional<std::chrono::steady_clock::time_point> looked_at_;
};

}  // namespace sluice::lakehouse::databricks
