#include "sync/tool_wire.h"

#include <boost/json/array.hpp>
#include <boost/json/value_to.hpp>

#include "mcp/tool.h"

namespace sluice::sync {

namespace json = boost::json;

namespace {

json::array columns_json(const std::vector<Column>& columns) {
  json::array out;
  for (const Column& column : columns) {
    out.push_back(
        json::object{{"name", column.name}, {"original", column.original}, {"type", column.type}});
  }
  return out;
}

std::vector<Column> columns_from(const json::value& array) {
  std::vector<Column> columns;
  for (const json::value& entry : array.as_array()) {
    const json::object& object = entry.as_object();
    Column column;
    column.name = json::value_to<std::string>(object.at("name"));
    column.type = json::value_to<std::string>(object.at("type"));
    if (const json::value* original = object.if_contains("original")) {
      column.original = json::value_to<std::string>(*original);
    }
    columns.push_back(std::move(column));
  }
  return columns;
}

std::int64_t number_at(const json::object& object, const char* name) {
  const json::value* number = object.if_contains(name);
  return number != nullptr && number->is_int64() ? number->get_int64() : 0;
}

}  // namespace

json::object table_arguments(const metadata::Want& want, const DatasetVersion& version) {
  return {{"tenant_id", want.tenant.value},
          {"dataset_id", want.dataset_id},
          {"version", want.version},
          {"sha256", want.sha256},
          {"table_name", want.table_name},
          {"columns", columns_json(version.columns)},
          {"rebuild", want.kind == metadata::WantKind::resync}};
}

const char* error_class_of(const Error& error) {
  if (is_retryable(error.kind)) return "transient";
  return error.kind == Errc::internal || error.kind == Errc::invalid_argument ? "bug" : "needs_you";
}

SyncCost cost_in(const json::object& meta) {
  const json::value* told = meta.if_contains(mcp::meta_cost);
  if (told == nullptr || !told->is_object()) return {};
  const json::object& cost = told->get_object();
  return {number_at(cost, "statements"), number_at(cost, "rest_calls"),
          number_at(cost, "bytes_uploaded"), number_at(cost, "warehouse_ms")};
}

bool is_local(const json::object& table) {
  const json::value* lakehouse = table.if_contains("lakehouse");
  return lakehouse == nullptr || *lakehouse == "local";
}

bool is_table_of(const metadata::Want& want, const json::object& table, std::string_view suffix) {
  const std::string name = json::value_to<std::string>(table.at("table"));
  const std::string last = "." + want.table_name + std::string(suffix);
  if (!name.ends_with(last)) return false;
  // A catalog of the tenant's own, or schemas of its own in one catalog.
  const std::string place = name.substr(0, name.size() - last.size());
  const std::string tenant = "tenant_" + want.tenant.value;
  return place.starts_with("catalog_" + tenant + ".") ||
         place.find("." + tenant + "__") != std::string::npos;
}

metadata::LakehouseTable catalogue_row(const WorkflowWant& want, const char* schema,
                                       const std::string& table_name, const json::object& table) {
  metadata::LakehouseTable row;
  row.tenant = want.want.tenant;
  row.schema_name = schema;
  row.table_name = table_name;
  row.dataset_id = want.want.dataset_id;
  row.version = want.want.version;
  row.kind = json::value_to<std::string>(table.at("kind"));
  row.location = json::value_to<std::string>(table.at("location"));
  row.data_file = json::value_to<std::string>(table.at("data_file"));
  row.row_count = table.at("row_count").as_int64();
  row.columns = columns_from(table.at("columns"));
  // An MCP server of an older version says none; the scrubber takes it then.
  if (const json::value* sha256 = table.if_contains("file_sha256")) {
    row.sha256 = json::value_to<std::string>(*sha256);
  }
  return row;
}

}  // namespace sluice::sync
