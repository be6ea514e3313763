#include "sync/tool_wire.h"

#include "sync/error_codes.h"

namespace sluice::sync {

namespace json = boost::json;
using lakehouse::TableRequest;

namespace {

TableRequest table_request(const WorkflowWant& want, Micros asked_at_us,
                           const DatasetVersion& version) {
  TableRequest request;
  request.tenant = want.want.tenant;
  request.dataset_id = want.want.dataset_id;
  request.version = want.want.version;
  request.sha256 = want.want.sha256;
  request.table_name = want.want.table_name;
  request.columns = version.columns;
  // They quote cells, and no lakehouse needs them.
  for (Column& column : request.columns) column.reason.clear();
  request.rebuild = want.want.kind == metadata::WantKind::resync;
  // One from before wants were recorded has no age.
  if (asked_at_us > 0) request.order = want.order;
  request.asked_at_us = asked_at_us;
  return request;
}

}  // namespace

lakehouse::BeginArguments begin_arguments(const WorkflowWant& want) {
  return {want.want.tenant, want.want.dataset_id, want.want.table_name};
}

lakehouse::BronzeArguments bronze_arguments(const WorkflowWant& want, Micros asked_at_us,
                                            const DatasetVersion& version) {
  return {table_request(want, asked_at_us, version), version.file_name, version.bytes};
}

Result<lakehouse::SilverArguments> silver_arguments(const WorkflowWant& want, Micros asked_at_us,
                                                    const DatasetVersion& version) {
  TRY_ASSIGN(lakehouse::medallion::Plan plan,
             lakehouse::medallion::plan_from_json(version.silver_plan_json));
  return lakehouse::SilverArguments{table_request(want, asked_at_us, version), std::move(plan)};
}

lakehouse::DropArguments drop_arguments(const WorkflowWant& want, Micros asked_at_us) {
  return {want.want.tenant, want.want.dataset_id, want.want.table_name,
          asked_at_us > 0 ? want.order : 0, asked_at_us};
}

Error no_answer_of(std::string_view tool, const std::string& why) {
  return {
      Errc::internal, Code::lakehouse_answer_invalid,
      "The MCP server's answer to " + std::string(tool) + " is none that this worker knows: " + why,
      "Run the worker and the MCP server (MCP_SERVER_URL) in the same version."};
}

const char* error_class_of(const Error& error) {
  if (is_retryable(error.kind)) return "transient";
  return error.kind == Errc::internal || error.kind == Errc::invalid_argument ? "bug" : "needs_you";
}

SyncCost cost_in(const json::object& meta) {
  const json::value* told = meta.if_contains(mcp::meta_cost);
  if (told == nullptr) return {};
  return wire::from_json<SyncCost>(*told).value_or(SyncCost{});
}

bool is_local(const std::string& lakehouse) { return lakehouse == "local"; }

bool is_table_of(const metadata::Want& want, const std::string& table, std::string_view suffix) {
  const std::string last = "." + want.table_name + std::string(suffix);
  if (!table.ends_with(last)) return false;
  // A catalog of the tenant's own, or schemas of its own in one catalog.
  const std::string place = table.substr(0, table.size() - last.size());
  const std::string tenant = "tenant_" + want.tenant.value;
  return place.starts_with("catalog_" + tenant + ".") ||
         place.find("." + tenant + "__") != std::string::npos;
}

metadata::LakehouseTable catalogue_row(const WorkflowWant& want, const char* schema,
                                       const std::string& table_name,
                                       const lakehouse::TableState& table) {
  metadata::LakehouseTable row;
  row.tenant = want.want.tenant;
  row.schema_name = schema;
  row.table_name = table_name;
  row.dataset_id = want.want.dataset_id;
  row.version = want.want.version;
  row.kind = table.kind;
  row.location = table.location;
  row.data_file = table.data_file;
  row.row_count = table.row_count;
  row.columns = table.columns;
  // An MCP server of an older version says none; the scrubber takes it then.
  row.sha256 = table.file_sha256;
  return row;
}

}  // namespace sluice::sync
