#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <tuple>

#include "lakehouse/contract/tables.h"
#include "lakehouse/medallion/silver_plan_form.h"

// Arguments and answers of the MCP tools that carry a sync (docs/mcp.md). The tools' schemas are
// made of these, the MCP server checks both with them, and the worker reads the answers by them.

namespace sluice::lakehouse {

/// Of `begin_sync`.
struct BeginArguments {
  TenantId tenant;
  std::string dataset_id;
  std::string table_name;
};

constexpr auto wire_fields(const BeginArguments*) {
  using T = BeginArguments;
  return std::tuple(wire::field("tenant_id", &T::tenant, "Owner; whose turn it is counts."),
                    wire::field("dataset_id", &T::dataset_id, "The dataset's UUID."),
                    wire::field("table_name", &T::table_name, "Name of the bronze table."));
}

/// When a window ends, the syncs of a tenant begin one after the other, all within this time.
inline constexpr std::chrono::seconds begin_turns_max{60};

struct BeginAnswer {
  Micros begins_at_us = 0;  ///< 0: now.
};

constexpr auto wire_fields(const BeginAnswer*) {
  return std::tuple(wire::field("begins_at_us", &BeginAnswer::begins_at_us,
                                "When the sync may begin, in microseconds since 1970; 0: now."));
}

/// Of `sync_dataset`.
struct BronzeArguments {
  TableRequest table;
  std::string file_name;
  std::int64_t file_bytes = 0;
};

constexpr auto wire_fields(const BronzeArguments*) {
  using T = BronzeArguments;
  return std::tuple(
      wire::embedded(&T::table),
      wire::field("file_name", &T::file_name, "Name below /internal/storage/datasets/."),
      wire::field("file_bytes", &T::file_bytes, "Size of the Parquet file."));
}

struct BronzeAnswer {
  TableState bronze;
  std::string lakehouse;  ///< Lakehouse::kind().
};

constexpr auto wire_fields(const BronzeAnswer*) {
  using T = BronzeAnswer;
  return std::tuple(wire::embedded(&T::bronze),
                    wire::field("lakehouse", &T::lakehouse, "local or databricks."));
}

/// Of `transform_to_silver`.
struct SilverArguments {
  TableRequest table;
  medallion::Plan plan;
};

constexpr auto wire_fields(const SilverArguments*) {
  using T = SilverArguments;
  return std::tuple(wire::embedded(&T::table),
                    wire::field("plan", &T::plan, "The column plan stored with the version."));
}

struct SilverAnswer {
  SilverState state;
  /// Lakehouse::kind(). Not in histories of the first versions, whose only one was `local`.
  std::string lakehouse = "local";
};

constexpr auto wire_fields(const SilverAnswer*) {
  using T = SilverAnswer;
  return std::tuple(wire::embedded(&T::state),
                    wire::optional_field("lakehouse", &T::lakehouse, "local or databricks."));
}

/// Of `drop_tables`.
struct DropArguments {
  TenantId tenant;
  std::string dataset_id;
  std::string table_name;
  std::int64_t order = 0;  ///< This and the next as in TableRequest.
  Micros asked_at_us = 0;
};

constexpr auto wire_fields(const DropArguments*) {
  using T = DropArguments;
  return std::tuple(
      wire::field("tenant_id", &T::tenant, "Owner; part of the catalog's name."),
      wire::field("dataset_id", &T::dataset_id, "The dataset's UUID."),
      wire::field("table_name", &T::table_name, "Name of the bronze table."),
      wire::optional_field("order", &T::order, "Place of the drop in the order of all syncs."),
      wire::optional_field("asked_at_us", &T::asked_at_us,
                           "When it was asked for, in microseconds since 1970."));
}

struct DropAnswer {
  bool dropped = true;
};

constexpr auto wire_fields(const DropAnswer*) {
  return std::tuple(
      wire::field("dropped", &DropAnswer::dropped, "The tables are not there any more."));
}

}  // namespace sluice::lakehouse
