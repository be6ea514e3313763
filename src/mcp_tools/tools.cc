#include "mcp_tools/tools.h"

#include "base/fault_points.h"
#include "base/scoped_path.h"
#include "mcp_tools/typed_tool.h"

namespace sluice::mcp_tools {

using lakehouse::BeginAnswer;
using lakehouse::BeginArguments;
using lakehouse::BronzeAnswer;
using lakehouse::BronzeArguments;
using lakehouse::DropAnswer;
using lakehouse::DropArguments;
using lakehouse::SilverAnswer;
using lakehouse::SilverArguments;
using lakehouse::TableRequest;
using mcp::ToolCall;

namespace {

TableRequest of_call(TableRequest request, const ToolCall& call, SyncCost& cost) {
  request.stop = call.stop_token;
  request.cost = &cost;
  return request;
}

}  // namespace

Result<void> Tools::add_to(mcp::Server& server) {
  const auto bound = [this](auto member) {
    return [this, member](ToolCall& call, const auto& arguments, SyncCost& cost) {
      return (this->*member)(call, arguments, cost);
    };
  };
  TRY(server.add(typed_tool<BeginArguments, BeginAnswer>(
      {.name = "begin_sync",
       .title = "When a sync may begin",
       .description = "Says when a dataset's sync may begin: now, or at a later moment together "
                      "with others that would wake the lakehouse. Makes nothing.",
       .annotations =
           {.read_only = true, .destructive = false, .idempotent = true, .open_world = false}},
      bound(&Tools::begin_sync))));
  TRY(server.add(typed_tool<BronzeArguments, BronzeAnswer>(
      {.name = "sync_dataset",
       .title = "Load a dataset into bronze",
       .description =
           "Downloads a dataset version's Parquet file, checks its SHA-256 and makes the "
           "bronze table of it. Repeating it changes nothing.",
       .annotations =
           {.read_only = false, .destructive = false, .idempotent = true, .open_world = false}},
      bound(&Tools::sync_dataset))));
  TRY(server.add(typed_tool<SilverArguments, SilverAnswer>(
      {.name = "transform_to_silver",
       .title = "Make silver from bronze",
       .description = "Makes the silver table by the column plan: names, types, nulls, duplicates. "
                      "Rows that the plan cannot cast go to the quarantine table.",
       .annotations =
           {.read_only = false, .destructive = false, .idempotent = true, .open_world = false}},
      bound(&Tools::transform_to_silver))));
  return server.add(typed_tool<DropArguments, DropAnswer>(
      {.name = "drop_tables",
       .title = "Drop a dataset's tables",
       .description = "Drops the bronze, silver and quarantine tables of a dataset.",
       .annotations =
           {.read_only = false, .destructive = true, .idempotent = true, .open_world = false}},
      bound(&Tools::drop_tables)));
}

Result<BeginAnswer> Tools::begin_sync(ToolCall& call, const BeginArguments& arguments,
                                      SyncCost& cost) {
  TableRequest request;
  request.tenant = arguments.tenant;
  request.dataset_id = arguments.dataset_id;
  request.table_name = arguments.table_name;
  TRY_ASSIGN(const std::optional<Micros> begins_at_us,
             lakehouse_.begins_at(of_call(std::move(request), call, cost)));
  return BeginAnswer{begins_at_us.value_or(0)};
}

Result<BronzeAnswer> Tools::sync_dataset(ToolCall& call, const BronzeArguments& arguments,
                                         SyncCost& cost) {
  const TableRequest request = of_call(arguments.table, call, cost);
  TRY_ASSIGN(std::optional<lakehouse::TableState> table, lakehouse_.find_bronze(request));
  if (!table) {
    TRY_ASSIGN(const std::filesystem::path path, lakehouse_.landing_path(request));
    const ScopedPath landing(path);  // Unless it is taken over.
    TRY(files_.fetch(call, {arguments.file_name, request.sha256, arguments.file_bytes},
                     landing.path()));
    FAULT_POINT("mcp.downloaded");
    TRY_ASSIGN(table, lakehouse_.load_bronze(request, landing.path()));
  }
  return BronzeAnswer{std::move(*table), lakehouse_.kind()};
}

Result<SilverAnswer> Tools::transform_to_silver(ToolCall& call, const SilverArguments& arguments,
                                                SyncCost& cost) {
  const TableRequest request = of_call(arguments.table, call, cost);
  TRY_ASSIGN(lakehouse::SilverState state, lakehouse_.load_silver(request, arguments.plan));
  return SilverAnswer{std::move(state), lakehouse_.kind()};
}

Result<DropAnswer> Tools::drop_tables(ToolCall& call, const DropArguments& arguments,
                                      SyncCost& cost) {
  TableRequest request;
  request.tenant = arguments.tenant;
  request.dataset_id = arguments.dataset_id;
  request.table_name = arguments.table_name;
  request.order = arguments.order;
  request.asked_at_us = arguments.asked_at_us;
  TRY(lakehouse_.drop_tables(of_call(std::move(request), call, cost)));
  return DropAnswer{};
}

}  // namespace sluice::mcp_tools
