#include "lakehouse/databricks/unity_catalog.h"

#include <boost/json.hpp>

#include "base/ascii.h"
#include "dataset/names.h"
#include "http/percent_encoding.h"
#include "http/router.h"
#include "lakehouse/error_codes.h"

namespace sluice::lakehouse::databricks {
namespace {

namespace json = boost::json;

const std::string base = "/api/2.1/unity-catalog/";

std::string text_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(json::string_view(name.data(), name.size()));
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

/// The function of a row filter or mask; its presence counts even where it has no name.
std::string function_of(const json::object& object, std::string_view name) {
  const json::value* guard = object.if_contains(json::string_view(name.data(), name.size()));
  if (guard == nullptr || !guard->is_object() || guard->get_object().empty()) return {};
  const std::string function = text_of(guard->get_object(), "function_name");
  return function.empty() ? "a policy" : function;
}

CatalogTable table_from(const json::object& object) {
  CatalogTable table;
  table.full_name = text_of(object, "full_name");
  table.kind = lowered(text_of(object, "table_type"));
  table.location = text_of(object, "storage_location");
  table.owner = text_of(object, "owner");
  table.row_filter = function_of(object, "row_filter");
  if (const json::value* properties = object.if_contains("properties");
      properties != nullptr && properties->is_object()) {
    for (const auto& [name, value] : properties->get_object()) {
      if (value.is_string()) table.properties[std::string(name)] = std::string(value.get_string());
    }
  }
  if (const json::value* columns = object.if_contains("columns");
      columns != nullptr && columns->is_array()) {
    for (const json::value& column : columns->get_array()) {
      if (!column.is_object()) continue;
      const json::object& said = column.get_object();
      table.columns.push_back({text_of(said, "name"), text_of(said, "type_text"),
                               text_of(said, "comment"), function_of(said, "mask")});
    }
  }
  return table;
}

}  // namespace

Result<bool> UnityCatalog::exists(const std::string& kind, const std::string& full_name,
                                  const std::stop_token& stop, CallCount& calls) {
  RestCall call;
  call.path = base + kind + "/" + http::percent_encode(full_name);
  call.doing = "Looking for " + full_name;
  call.stop = stop;
  const auto found = rest_.call(call, calls);
  if (found) return true;
  if (found.error().kind == Errc::not_found) return false;
  return fail(found.error());
}

Result<bool> UnityCatalog::create(const std::string& kind, json::value body,
                                  const std::string& doing, const std::stop_token& stop,
                                  CallCount& calls) {
  RestCall call;
  call.method = "POST";
  call.path = base + kind;
  call.body = std::move(body);
  call.doing = doing;
  call.stop = stop;
  // Repeating it is safe: "it is there already" is what the second one is told.
  const auto made = rest_.call(call, calls);
  if (made) return true;
  if (made.error().code == Code::databricks_exists) return false;
  return fail(made.error());
}

Result<bool> UnityCatalog::catalog_exists(const std::string& name, const std::stop_token& stop,
                                          CallCount& calls) {
  return exists("catalogs", name, stop, calls);
}

Result<bool> UnityCatalog::schema_exists(const std::string& full_name, const std::stop_token& stop,
                                         CallCount& calls) {
  return exists("schemas", full_name, stop, calls);
}

Result<bool> UnityCatalog::volume_exists(const std::string& full_name, const std::stop_token& stop,
                                         CallCount& calls) {
  return exists("volumes", full_name, stop, calls);
}

Result<bool> UnityCatalog::create_catalog(const std::string& name, const std::string& comment,
                                          const std::string& storage_root,
                                          const std::stop_token& stop, CallCount& calls) {
  json::object body{{"name", name}, {"comment", comment}};
  if (!storage_root.empty()) body["storage_root"] = storage_root;
  return create("catalogs", std::move(body), "Making the catalog " + name, stop, calls);
}

Result<bool> UnityCatalog::create_schema(const std::string& catalog, const std::string& name,
                                         const std::stop_token& stop, CallCount& calls) {
  return create("schemas", json::object{{"name", name}, {"catalog_name", catalog}},
                "Making the schema " + catalog + "." + name, stop, calls);
}

Result<bool> UnityCatalog::create_volume(const std::string& catalog, const std::string& schema,
                                         const std::string& name, const std::stop_token& stop,
                                         CallCount& calls) {
  return create("volumes",
                json::object{{"name", name},
                             {"catalog_name", catalog},
                             {"schema_name", schema},
                             {"volume_type", "MANAGED"}},
                "Making the volume " + catalog + "." + schema + "." + name, stop, calls);
}

Result<bool> UnityCatalog::grant(const std::string& kind, const std::string& full_name,
                                 const std::string& principal,
                                 const std::vector<std::string>& privileges,
                                 const std::stop_token& stop, CallCount& calls) {
  RestCall call;
  call.method = "PATCH";
  call.path = base + "permissions/" + kind + "/" + http::percent_encode(full_name);
  json::array add;
  for (const std::string& privilege : privileges) add.emplace_back(privilege);
  call.body = json::object{
      {"changes", json::array{json::object{{"principal", principal}, {"add", std::move(add)}}}}};
  call.doing = "Granting " + full_name + " to " + principal;
  call.stop = stop;
  const auto granted = rest_.call(call, calls);
  if (granted) return true;
  if (granted.error().kind == Errc::not_found) return false;
  return fail(granted.error());
}

Result<std::optional<CatalogTable>> UnityCatalog::find_table(const std::string& full_name,
                                                             const std::stop_token& stop,
                                                             CallCount& calls) {
  RestCall call;
  call.path = base + "tables/" + http::percent_encode(full_name);
  call.doing = "Looking for " + full_name;
  call.stop = stop;
  const auto found = rest_.call(call, calls);
  if (!found && found.error().kind == Errc::not_found) return std::nullopt;
  if (!found) return fail(found.error());
  if (!found->is_object()) {
    return fail(Errc::internal, Code::databricks_bug, call.doing + ": the answer is no object.");
  }
  return table_from(found->get_object());
}

Result<bool> UnityCatalog::create_external_volume(const std::string& catalog,
                                                  const std::string& schema,
                                                  const std::string& name,
                                                  const std::string& location,
                                                  const std::stop_token& stop, CallCount& calls) {
  return create("volumes",
                json::object{{"name", name},
                             {"catalog_name", catalog},
                             {"schema_name", schema},
                             {"volume_type", "EXTERNAL"},
                             {"storage_location", location}},
                "Making the volume " + catalog + "." + schema + "." + name, stop, calls);
}

Result<void> UnityCatalog::drop(const std::string& kind, const std::string& full_name,
                                const std::stop_token& stop, CallCount& calls) {
  RestCall call;
  call.method = "DELETE";
  call.path = base + kind + "/" + http::percent_encode(full_name);
  call.doing = "Dropping " + full_name;
  call.stop = stop;
  const auto dropped = rest_.call(call, calls);
  if (!dropped && dropped.error().kind != Errc::not_found) return fail(dropped.error());
  return {};
}

Result<void> UnityCatalog::drop_table(const std::string& full_name, const std::stop_token& stop,
                                      CallCount& calls) {
  return drop("tables", full_name, stop, calls);
}

Result<void> UnityCatalog::drop_volume(const std::string& full_name, const std::stop_token& stop,
                                       CallCount& calls) {
  return drop("volumes", full_name, stop, calls);
}

}  // namespace sluice::lakehouse::databricks
