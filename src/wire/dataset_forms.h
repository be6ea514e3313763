#pragma once

#include <string_view>
#include <tuple>

#include "dataset/dataset.h"
#include "dataset/sync_cost.h"
#include "wire/form.h"

// The nouns of dataset/, which know no wire format themselves. A column looks the same in
// metadata.db, in the MCP tools' arguments and answers, in histories and in the API's answers.

namespace sluice {

constexpr auto wire_fields(const Column*) {
  return std::tuple(
      wire::field("name", &Column::name, "Name in the Parquet file and in bronze."),
      wire::field("original", &Column::original, "The header as it came."),
      wire::field("type", &Column::type, "DuckDB type: BIGINT, DECIMAL(9,2), VARCHAR."),
      wire::optional_field("reason", &Column::reason, "Why it has this type; may be empty."));
}

constexpr auto wire_fields(const SyncCost*) {
  return std::tuple(
      wire::optional_field("statements", &SyncCost::statements, "Submitted to a warehouse."),
      wire::optional_field("rest_calls", &SyncCost::rest_calls, "Calls of the lakehouse's APIs."),
      wire::optional_field("bytes_uploaded", &SyncCost::bytes_uploaded, "Of files."),
      wire::optional_field("warehouse_ms", &SyncCost::warehouse_ms,
                           "In which our statements waited or ran."),
      wire::optional_field("awake_ms", &SyncCost::awake_ms,
                           "For which a warehouse was kept awake, idle time included."),
      wire::optional_field("dbu", &SyncCost::dbu, "An estimate of what that comes to."));
}

namespace wire {

template <>
struct Form<TenantId> {
  static boost::json::value write(const TenantId& tenant) {
    return Form<std::string>::write(tenant.value);
  }
  static std::optional<Mismatch> read(const boost::json::value& value, TenantId& tenant) {
    return Form<std::string>::read(value, tenant.value);
  }
  static boost::json::object schema() { return Form<std::string>::schema(); }
};

}  // namespace wire
}  // namespace sluice
