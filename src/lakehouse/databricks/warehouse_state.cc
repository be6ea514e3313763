#include "lakehouse/databricks/warehouse_state.h"

#include "http/percent_encoding.h"
#include "lakehouse/databricks/json_at.h"

namespace sluice::lakehouse::databricks {
namespace {

constexpr std::chrono::minutes setup_kept{60};
constexpr std::chrono::minutes unseen_kept{5};

}  // namespace

bool is_asleep(const WarehouseState& warehouse) {
  return warehouse.state == "STOPPED" || warehouse.state == "STOPPING";
}

Result<WarehouseState> warehouse_state(Rest& rest, const std::string& warehouse_id,
                                       const std::stop_token& stop, CallCount& calls) {
  RestCall call;
  call.path = "/api/2.0/sql/warehouses/" + http::percent_encode(warehouse_id);
  call.doing = "Looking at the warehouse " + warehouse_id;
  call.stop = stop;
  TRY_ASSIGN(const boost::json::value said, rest.call(call, calls));
  WarehouseState warehouse;
  warehouse.name = text_at(said, "/name");
  warehouse.state = text_at(said, "/state");
  warehouse.kind = text_at(said, "/warehouse_type");
  warehouse.size = text_at(said, "/cluster_size");
  warehouse.is_serverless = is_true_at(said, "/enable_serverless_compute");
  warehouse.auto_stop_min = number_at(said, "/auto_stop_mins");
  warehouse.clusters_min = number_at(said, "/min_num_clusters");
  if (text_at(said, "/health/status") == "FAILED") {
    warehouse.failure = text_at(said, "/health/summary");
    if (warehouse.failure.empty()) warehouse.failure = "its health is FAILED";
  }
  return warehouse;
}

std::optional<WarehouseState> WarehouseSetup::get(const std::stop_token& stop, CallCount& calls) {
  using Clock = std::chrono::steady_clock;
  {
    const std::lock_guard lock(mutex_);
    const std::chrono::minutes kept = seen_ ? setup_kept : unseen_kept;
    if (looked_at_ && Clock::now() - *looked_at_ < kept) return seen_;
  }
  const Result<WarehouseState> warehouse = warehouse_state(rest_, warehouse_id_, stop, calls);
  if (stop.stop_requested()) return std::nullopt;
  const std::lock_guard lock(mutex_);
  looked_at_ = Clock::now();
  seen_ = warehouse ? std::optional(*warehouse) : std::nullopt;
  return seen_;
}

}  // namespace sluice::lakehouse::databricks
