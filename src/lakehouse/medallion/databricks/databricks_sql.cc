#include "lakehouse/medallion/databricks/databricks_sql.h"

#include <array>
#include <utility>

#include <boost/json.hpp>

#include "lakehouse/local/delta_schema.h"

namespace sluice::lakehouse::medallion {
namespace {

namespace json = boost::json;

/// Delta's name of a type and that of SQL; the others have the same in both.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> renamed{
    {{"long", "BIGINT"}, {"integer", "INT"}, {"short", "SMALLINT"}, {"byte", "TINYINT"}}};

std::string sql_type(const json::value& type) {
  if (type.is_string()) {
    const std::string_view name(type.get_string().data(), type.get_string().size());
    for (const auto& [delta, sql] : renamed) {
      if (name == delta) return std::string(sql);
    }
    std::string upper(name);
    for (char& c : upper) {
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    return upper;
  }
  const json::string& kind = type.at("type").as_string();
  if (kind == "array") return "ARRAY<" + sql_type(type.at("elementType")) + ">";
  if (kind == "map") {
    return "MAP<" + sql_type(type.at("keyType")) + ", " + sql_type(type.at("valueType")) + ">";
  }
  std::string fields;
  for (const json::value& field : type.at("fields").as_array()) {
    const json::string& name = field.at("name").as_string();
    fields += (fields.empty() ? "" : ", ") +
              databricks_identifier(std::string_view(name.data(), name.size())) + ": " +
              sql_type(field.at("type"));
  }
  return "STRUCT<" + fields + ">";
}

}  // namespace

std::string databricks_identifier(std::string_view name) {
  std::string quoted = "`";
  for (const char c : name) {
    quoted += c;
    if (c == '`') quoted += c;
  }
  return quoted + "`";
}

std::string databricks_literal(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    switch (c) {
      case '\\':
      case '\'':
        quoted += '\\';
        quoted += c;
        break;
      case '\n':
        quoted += "\\n";
        break;
      case '\r':
        quoted += "\\r";
        break;
      case '\t':
        quoted += "\\t";
        break;
      case '\0':
        quoted += "\\0";
        break;
      default:
        quoted += c;
    }
  }
  return quoted + "'";
}

std::string databricks_whole_match(std::string_view form) {
  // Not ^ and $: in Java the latter also stands before a line end.
  return databricks_literal("\\A(?:" + std::string(form) + ")\\z");
}

Result<std::string> databricks_type(const Column& column) {
  TRY_ASSIGN(const DeltaSchema schema, delta_schema({column}, false));
  return sql_type(json::parse(schema.json).at("fields").at(0).at("type"));
}

std::string databricks_parquet(std::string_view path) {
  return "parquet." + databricks_identifier(path);
}

Result<std::string> bronze_select(const std::vector<Column>& columns, const std::string& relation,
                                  std::int64_t version) {
  std::string list;
  for (const Column& column : columns) {
    TRY_ASSIGN(const std::string type, databricks_type(column));
    const std::string name = databricks_identifier(column.name);
    list += "CAST(" + name + " AS " + type + ") AS " + name + ", ";
  }
  return "SELECT " + list + "CAST(" + std::to_string(version) + " AS BIGINT) AS `_batch` FROM " +
         relation;
}

}  // namespace sluice::lakehouse::medallion
