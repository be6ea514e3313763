// CellType of json_cells.h, read from the engine's logical types.
#include "base/sql_text.h"
#include "duckdb/cells/json_cells.h"

namespace sluice::duckdb {
namespace {

struct NamedType {
  duckdb_type id;
  const char* name;
};
constexpr NamedType plain_names[] = {
    {DUCKDB_TYPE_BOOLEAN, "BOOLEAN"},
    {DUCKDB_TYPE_TINYINT, "TINYINT"},
    {DUCKDB_TYPE_SMALLINT, "SMALLINT"},
    {DUCKDB_TYPE_INTEGER, "INTEGER"},
    {DUCKDB_TYPE_BIGINT, "BIGINT"},
    {DUCKDB_TYPE_UTINYINT, "UTINYINT"},
    {DUCKDB_TYPE_USMALLINT, "USMALLINT"},
    {DUCKDB_TYPE_UINTEGER, "UINTEGER"},
    {DUCKDB_TYPE_UBIGINT, "UBIGINT"},
    {DUCKDB_TYPE_HUGEINT, "HUGEINT"},
    {DUCKDB_TYPE_UHUGEINT, "UHUGEINT"},
    {DUCKDB_TYPE_FLOAT, "FLOAT"},
    {DUCKDB_TYPE_DOUBLE, "DOUBLE"},
    {DUCKDB_TYPE_VARCHAR, "VARCHAR"},
    {DUCKDB_TYPE_BLOB, "BLOB"},
    {DUCKDB_TYPE_DATE, "DATE"},
    {DUCKDB_TYPE_TIME, "TIME"},
    {DUCKDB_TYPE_TIME_NS, "TIME_NS"},
    {DUCKDB_TYPE_TIME_TZ, "TIME WITH TIME ZONE"},
    {DUCKDB_TYPE_TIMESTAMP, "TIMESTAMP"},
    {DUCKDB_TYPE_TIMESTAMP_S, "TIMESTAMP_S"},
    {DUCKDB_TYPE_TIMESTAMP_MS, "TIMESTAMP_MS"},
    {DUCKDB_TYPE_TIMESTAMP_NS, "TIMESTAMP_NS"},
    {DUCKDB_TYPE_TIMESTAMP_TZ, "TIMESTAMP WITH TIME ZONE"},
    {DUCKDB_TYPE_INTERVAL, "INTERVAL"},
    {DUCKDB_TYPE_UUID, "UUID"},
    {DUCKDB_TYPE_BIT, "BIT"},
    {DUCKDB_TYPE_SQLNULL, "NULL"},
    {DUCKDB_TYPE_BIGNUM, "BIGNUM"},
    {DUCKDB_TYPE_GEOMETRY, "GEOMETRY"},
    {DUCKDB_TYPE_VARIANT, "VARIANT"},
};

std::string taken(char* text) {
  std::string out = text == nullptr ? "" : text;
  duckdb_free(text);
  return out;
}

/// Reads a child type and frees it.
CellType child_type(duckdb_logical_type type) {
  CellType child = cell_type(type);
  duckdb_destroy_logical_type(&type);
  return child;
}

void read_members(CellType& out, duckdb_logical_type type) {
  const bool is_union = out.id == DUCKDB_TYPE_UNION;
  const idx_t count =
      is_union ? duckdb_union_type_member_count(type) : duckdb_struct_type_child_count(type);
  out.text = is_union ? "UNION(" : "STRUCT(";
  for (idx_t i = 0; i < count; ++i) {
    out.names.push_back(taken(is_union ? duckdb_union_type_member_name(type, i)
                                       : duckdb_struct_type_child_name(type, i)));
    out.children.push_back(child_type(is_union ? duckdb_union_type_member_type(type, i)
                                               : duckdb_struct_type_child_type(type, i)));
    if (i > 0) out.text += ", ";
    if (!out.names.back().empty()) out.text += quote_identifier(out.names.back()) + " ";
    out.text += out.children.back().text;
  }
  out.text += ")";
}

void read_enum(CellType& out, duckdb_logical_type type) {
  out.storage = duckdb_enum_internal_type(type);
  const std::uint32_t count = duckdb_enum_dictionary_size(type);
  out.text = "ENUM(";
  for (std::uint32_t i = 0; i < count; ++i) {
    out.names.push_back(taken(duckdb_enum_dictionary_value(type, i)));
    if (i > 0) out.text += ", ";
    out.text += quote_literal(out.names.back());
  }
  out.text += ")";
}

}  // namespace

CellType cell_type(duckdb_logical_type type) {
  CellType out;
  out.id = duckdb_get_type_id(type);
  switch (out.id) {
    case DUCKDB_TYPE_DECIMAL:
      out.storage = duckdb_decimal_internal_type(type);
      out.scale = duckdb_decimal_scale(type);
      out.text = "DECIMAL(" + std::to_string(duckdb_decimal_width(type)) + "," +
                 std::to_string(out.scale) + ")";
      break;
    case DUCKDB_TYPE_ENUM:
      read_enum(out, type);
      break;
    case DUCKDB_TYPE_LIST:
      out.children.push_back(child_type(duckdb_list_type_child_type(type)));
      out.text = out.children[0].text + "[]";
      break;
    case DUCKDB_TYPE_ARRAY:
      out.children.push_back(child_type(duckdb_array_type_child_type(type)));
      out.array_size = duckdb_array_type_array_size(type);
      out.text = out.children[0].text + "[" + std::to_string(out.array_size) + "]";
      break;
    case DUCKDB_TYPE_MAP:
      out.children.push_back(child_type(duckdb_map_type_key_type(type)));
      out.children.push_back(child_type(duckdb_map_type_value_type(type)));
      out.text = "MAP(" + out.children[0].text + ", " + out.children[1].text + ")";
      break;
    case DUCKDB_TYPE_STRUCT:
    case DUCKDB_TYPE_UNION:
      read_members(out, type);
      break;
    default:
      for (const NamedType& named : plain_names) {
        if (named.id == out.id) out.text = named.name;
      }
  }
  const std::string alias = taken(duckdb_logical_type_get_alias(type));
  if (!alias.empty()) out.text = alias;
  return out;
}

bool is_renderable(const CellType& type) {
  switch (type.id) {
    case DUCKDB_TYPE_INVALID:
    case DUCKDB_TYPE_ANY:
    case DUCKDB_TYPE_BIGNUM:
    case DUCKDB_TYPE_GEOMETRY:
    case DUCKDB_TYPE_VARIANT:
    case DUCKDB_TYPE_STRING_LITERAL:
    case DUCKDB_TYPE_INTEGER_LITERAL:
      return false;
    default:
      break;
  }
  for (const CellType& child : type.children) {
    if (!is_renderable(child)) return false;
  }
  return true;
}

}  // namespace sluice::duckdb
