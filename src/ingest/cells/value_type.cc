#include "ingest/cells/value_type.h"

#include <charconv>
#include <map>
#include <string_view>

#include "base/ascii.h"
#include "base/sql_text.h"

namespace sluice::ingest {

using Kind = ValueType::Kind;

std::string sql_of(const ValueType& type) {
  switch (type.kind) {
    case Kind::text:
      return "VARCHAR";
    case Kind::bigint:
      return "BIGINT";
    case Kind::decimal:
      return "DECIMAL(" + std::to_string(type.digits) + "," + std::to_string(type.scale) + ")";
    case Kind::real:
      return "DOUBLE";
    case Kind::boolean:
      return "BOOLEAN";
    case Kind::date:
      return "DATE";
    case Kind::timestamp:
      return "TIMESTAMP";
    case Kind::timestamptz:
      return "TIMESTAMPTZ";
    case Kind::list:
      return sql_of(type.parts.at(0).second) + "[]";
    case Kind::structure:
      break;
  }
  std::string sql = "STRUCT(";
  for (const auto& [name, part] : type.parts) {
    if (sql.back() != '(') sql += ", ";
    sql += quote_identifier(name) + " " + sql_of(part);
  }
  return sql + ")";
}

std::string arrow_format_of(const ValueType& type) {
  switch (type.kind) {
    case Kind::text:
      return "u";
    case Kind::bigint:
      return "l";
    case Kind::decimal:
      return "d:" + std::to_string(type.digits) + "," + std::to_string(type.scale) +
             (type.digits <= 18 ? ",64" : "");
    case Kind::real:
      return "g";
    case Kind::boolean:
      return "b";
    case Kind::date:
      return "tdD";
    case Kind::timestamp:
      return "tsu:";
    case Kind::timestamptz:
      return "tsu:UTC";
    case Kind::list:
      return "+l";
    case Kind::structure:
      break;
  }
  return "+s";
}

bool parse_scalar_type(std::string_view text, ValueType& out) {
  static const std::map<std::string, Kind, std::less<>> names = {
      {"varchar", Kind::text},
      {"string", Kind::text},
      {"text", Kind::text},
      {"bigint", Kind::bigint},
      {"integer", Kind::bigint},
      {"int", Kind::bigint},
      {"double", Kind::real},
      {"float", Kind::real},
      {"boolean", Kind::boolean},
      {"bool", Kind::boolean},
      {"date", Kind::date},
      {"timestamp", Kind::timestamp},
      {"timestamptz", Kind::timestamptz},
      {"timestamp with time zone", Kind::timestamptz},
  };
  out = {};
  const std::string lower = lowered(text);
  if (const auto found = names.find(lower); found != names.end()) {
    out.kind = found->second;
    return true;
  }
  constexpr std::string_view decimal = "decimal(";
  if (!lower.starts_with(decimal) || lower.back() != ')') return false;
  out.kind = Kind::decimal;
  const char* const end = lower.data() + lower.size() - 1;
  auto [at, code] = std::from_chars(lower.data() + decimal.size(), end, out.digits);
  if (code != std::errc() || at == end || *at != ',') return false;
  ++at;
  while (at != end && *at == ' ') ++at;
  const auto scale = std::from_chars(at, end, out.scale);
  return scale.ec == std::errc() && scale.ptr == end && out.digits >= 1 && out.digits <= 38 &&
         out.scale >= 0 && out.scale <= out.digits;
}

}  // namespace sluice::ingest
