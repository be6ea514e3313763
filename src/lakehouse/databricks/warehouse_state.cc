#include "lakehouse/databricks/warehouse_state.h"

#include "http/percent_encoding.h"
#include "lakehouse/databricks/json_at.h"

namespace sluice::lakehouse::databricks {

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

}  // namespace sluice::lakehouse::databricks
