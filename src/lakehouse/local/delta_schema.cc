#include "lakehouse/local/delta_schema.h"

#include <array>
#include <optional>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/ascii.h"
#include "base/sql_text.h"
#include "lakehouse/error_codes.h"

namespace sluice::lakehouse {

namespace json = boost::json;

namespace {

/// The first text of a Delta type is the one that columns_of_schema gives back.
constexpr std::array<std::pair<const char*, const char*>, 11> plain_types{{
    {"BIGINT", "long"},
    {"INTEGER", "integer"},
    {"SMALLINT", "short"},
    {"TINYINT", "byte"},
    {"DOUBLE", "double"},
    {"FLOAT", "float"},
    {"BOOLEAN", "boolean"},
    {"DATE", "date"},
    {"TIMESTAMP", "timestamp_ntz"},
    {"TIMESTAMP WITH TIME ZONE", "timestamp"},
    {"VARCHAR", "string"},
}};

/// Nested deeper is not data but an attack on the reader's stack.
constexpr int depth_max = 32;

bool is_word(char c) { return c == '_' || is_alphanumeric(c); }

/// `X[]`, `STRUCT("a b" X, c Y)`, `MAP(X, Y)` and plain types, recursively. No value where Delta
/// has no such type.
class TypeReader {
 public:
  explicit TypeReader(const std::string& text) : text_(text) {}

  std::optional<json::value> read() {
    std::optional<json::value> type = read_type(0);
    if (at_ != text_.size()) return std::nullopt;
    return type;
  }
  bool has_timestamp_ntz() const { return has_timestamp_ntz_; }

 private:
  bool take(const std::string& what) {
    if (text_.compare(at_, what.size(), what) != 0) return false;
    at_ += what.size();
    return true;
  }

  std::optional<json::value> read_type(int depth) {
    if (depth > depth_max) return std::nullopt;
    std::optional<json::value> type;
    if (take("STRUCT(")) {
      type = read_struct(depth);
    } else if (take("MAP(")) {
      type = read_map(depth);
    } else {
      type = read_plain();
    }
    while (type && take("[]")) {
      type = json::object{{"type", "array"}, {"elementType", *type}, {"containsNull", true}};
    }
    return type;
  }

  std::optional<json::value> read_struct(int depth) {
    json::array fields;
    do {
      const std::string name = read_name();
      if (name.empty() || !take(" ")) return std::nullopt;
      const std::optional<json::value> type = read_type(depth + 1);
      if (!type) return std::nullopt;
      fields.push_back(json::object{
          {"name", name}, {"type", *type}, {"nullable", true}, {"metadata", json::object()}});
    } while (take(", "));
    if (!take(")")) return std::nullopt;
    return json::object{{"type", "struct"}, {"fields", std::move(fields)}};
  }

  std::optional<json::value> read_map(int depth) {
    const std::optional<json::value> key = read_type(depth + 1);
    if (!key || !take(", ")) return std::nullopt;
    const std::optional<json::value> value = read_type(depth + 1);
    if (!value || !take(")")) return std::nullopt;
    return json::object{
        {"type", "map"}, {"keyType", *key}, {"valueType", *value}, {"valueContainsNull", true}};
  }

  std::string read_name() {
    std::string name;
    if (!take("\"")) {
      // The engine quotes all others.
      while (at_ < text_.size() && is_word(text_[at_])) name += text_[at_++];
      return name;
    }
    while (at_ < text_.size()) {
      if (take("\"\"")) {
        name += '"';
      } else if (take("\"")) {
        return name;
      } else {
        name += text_[at_++];
      }
    }
    return {};
  }

  std::optional<json::value> read_plain() {
    if (take("DECIMAL(")) {
      const std::size_t end = text_.find(')', at_);
      if (end == std::string::npos) return std::nullopt;
      const std::string digits = text_.substr(at_, end - at_);
      if (digits.find_first_not_of("0123456789, ") != std::string::npos) return std::nullopt;
      at_ = end + 1;
      return json::value("decimal(" + digits + ")");
    }
    std::string name;
    while (at_ < text_.size() && text_.find_first_of(",)[", at_) != at_) name += text_[at_++];
    if (name == "TIMESTAMPTZ") name = "TIMESTAMP WITH TIME ZONE";
    for (const auto& [duckdb, delta] : plain_types) {
      if (name != duckdb) continue;
      has_timestamp_ntz_ = has_timestamp_ntz_ || name == "TIMESTAMP";
      return json::value(delta);
    }
    return std::nullopt;
  }

  const std::string& text_;
  std::size_t at_ = 0;
  bool has_timestamp_ntz_ = false;
};

std::string duckdb_type(const json::value& type) {
  if (type.is_string()) {
    const std::string name(type.as_string());
    for (const auto& [duckdb, delta] : plain_types) {
      if (name == delta) return duckdb;
    }
    return "DECIMAL" + name.substr(std::string("decimal").size());
  }
  const json::string& kind = type.at("type").as_string();
  if (kind == "array") return duckdb_type(type.at("elementType")) + "[]";
  if (kind == "map") {
    return "MAP(" + duckdb_type(type.at("keyType")) + ", " + duckdb_type(type.at("valueType")) +
           ")";
  }
  std::string fields;
  for (const json::value& field : type.at("fields").as_array()) {
    if (!fields.empty()) fields += ", ";
    fields += quote_identifier(std::string(field.at("name").as_string())) + " " +
              duckdb_type(field.at("type"));
  }
  return "STRUCT(" + fields + ")";
}

json::object field(const std::string& name, json::value type, const std::string& comment) {
  json::object metadata;
  if (!comment.empty()) metadata["comment"] = comment;
  return {{"name", name},
          {"type", std::move(type)},
          {"nullable", true},
          {"metadata", std::move(metadata)}};
}

}  // namespace

Result<DeltaSchema> delta_schema(const std::vector<Column>& columns, bool with_batch) {
  DeltaSchema schema;
  json::array fields;
  for (const Column& column : columns) {
    TypeReader reader(column.type);
    std::optional<json::value> type = reader.read();
    if (!type) {
      return fail(Errc::unprocessable, Code::delta_type,
                  "Column " + column.name + " has the type " + column.type +
                      ", which Delta tables do not have.");
    }
    schema.has_timestamp_ntz = schema.has_timestamp_ntz || reader.has_timestamp_ntz();
    fields.push_back(field(column.name, std::move(*type),
                           column.original == column.name ? "" : column.original));
  }
  if (with_batch) fields.push_back(field("_batch", "long", "Version of the dataset."));
  schema.json = json::serialize(json::object{{"type", "struct"}, {"fields", std::move(fields)}});
  return schema;
}

std::vector<Column> columns_of_schema(const std::string& text) {
  std::vector<Column> columns;
  const json::value schema = json::parse(text);
  for (const json::value& entry : schema.at("fields").as_array()) {
    Column column;
    column.name = std::string(entry.at("name").as_string());
    if (column.name == "_batch") continue;
    column.type = duckdb_type(entry.at("type"));
    const json::value* comment = entry.at("metadata").as_object().if_contains("comment");
    column.original = comment != nullptr ? std::string(comment->as_string()) : column.name;
    columns.push_back(std::move(column));
  }
  return columns;
}

}  // namespace sluice::lakehouse
