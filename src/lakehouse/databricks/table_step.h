#pragma once

#include <charconv>
#include <map>
#include <string>
#include <vector>

#include "lakehouse/databricks/databricks_lakehouse.h"
#include "lakehouse/databricks/warehouse_cost.h"
#include "lakehouse/want_fence.h"

namespace sluice::lakehouse::databricks {

// Properties of our tables; written in the commit that makes the content.
inline constexpr const char* property_dataset = "sluice.dataset_id";
inline constexpr const char* property_version = "sluice.version";
inline constexpr const char* property_sha256 = "sluice.sha256";
inline constexpr const char* property_rows =
    "sluice.rows";  ///< Bronze: of the file it was made of.
inline constexpr const char* property_plan = "sluice.plan";  ///< Silver: the SHA-256 of its plan.

/// Of the newest want that made the table anew; a late call is told by it (want_fence.h).
inline constexpr const char* property_want = "sluice.want";

inline std::string property(const CatalogTable& table, const char* name) {
  const auto found = table.properties.find(name);
  return found == table.properties.end() ? "" : found->second;
}

inline std::int64_t number_property(const CatalogTable& table, const char* name) {
  const std::string text = property(table, name);
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

inline bool holds(const CatalogTable& table, const TableRequest& request) {
  return property(table, property_dataset) == request.dataset_id &&
         property(table, property_version) == std::to_string(request.version) &&
         property(table, property_sha256) == request.sha256;
}

inline std::map<std::string, std::string> properties_of(const TableRequest& request) {
  std::map<std::string, std::string> properties = {
      {property_dataset, request.dataset_id},
      {property_version, std::to_string(request.version)},
      {property_sha256, request.sha256}};
  if (const auto fence = raised(request, {})) properties[property_want] = to_text(*fence);
  return properties;
}

struct DatabricksLakehouse::Step {
  explicit Step(const TableRequest& request_in) : request(request_in) {}
  Step(const Step&) = delete;
  Step& operator=(const Step&) = delete;
  ~Step() {
    if (request.cost != nullptr) *request.cost += spent();
  }

  const TableRequest& request;
  CallCount calls = {};
  StatementCount statements = {};
  std::optional<WarehouseState> warehouse = {};  ///< Where it could be seen.

  TableState state_of(const CatalogTable& table, std::vector<Column> columns) const {
    TableState state;
    state.table = table.full_name;
    state.kind = table.kind;
    state.location = table.location;
    state.row_count = number_property(table, property_rows);
    state.columns = std::move(columns);
    state.version = number_property(table, property_version);
    state.sha256 = property(table, property_sha256);
    return state;
  }
  SyncCost spent() const {
    SyncCost cost{statements.statements, calls.rest_calls, calls.bytes_sent,
                  statements.warehouse_ms};
    // What a warehouse of unknown auto-stop was kept awake for is not known.
    if (statements.statements == 0 || !warehouse) return cost;
    cost.awake_ms = std::chrono::duration_cast<std::chrono::milliseconds>(statements.awake).count();
    cost.dbu = dbu_of(*warehouse, statements.awake);
    return cost;
  }
};

}  // namespace sluice::lakehouse::databricks
