#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "lakehouse/local/delta_log.h"

namespace sluice::lakehouse {

namespace json = boost::json;

namespace {

/// The table "from cell to table" of the design: DuckDB's type to Delta's; empty where there is none.
std::string delta_type(const std::string& type) {
  if (type == "BIGINT") return "long";
  if (type == "INTEGER") return "integer";
  if (type == "DOUBLE") return "double";
  if (type == "BOOLEAN") return "boolean";
  if (type == "DATE") return "date";
  if (type == "TIMESTAMP") return "timestamp_ntz";
  if (type == "TIMESTAMP WITH TIME ZONE" || type == "TIMESTAMPTZ") return "timestamp";
  if (type == "VARCHAR") return "string";
  if (type.rfind("DECIMAL(", 0) == 0) return "decimal" + type.substr(7);
  return "";
}

json::object field(const std::string& name, const std::string& type, const std::string& comment) {
  json::object metadata;
  if (!comment.empty()) metadata["comment"] = comment;
  return {{"name", name}, {"type", type}, {"nullable", true}, {"metadata", std::move(metadata)}};
}

}  // namespace

Result<DeltaSchema> delta_schema(const std::vector<Column>& columns, bool with_batch) {
  DeltaSchema schema;
  json::array fields;
  for (const Column& column : columns) {
    const std::string type = delta_type(column.type);
    if (type.empty()) {
      return fail(Errc::unprocessable, "delta_type",
                  "Column " + column.name + " has the type " + column.type +
                      ", which Delta tables do not have.");
    }
    schema.has_timestamp_ntz = schema.has_timestamp_ntz || type == "timestamp_ntz";
    fields.push_back(
        field(column.name, type, column.original == column.name ? "" : column.original));
  }
  if (with_batch) fields.push_back(field("_batch", "long", "Version of the dataset."));
  schema.json = json::serialize(json::object{{"type", "struct"}, {"fields", std::move(fields)}});
  return schema;
}

}  // namespace sluice::lakehouse
