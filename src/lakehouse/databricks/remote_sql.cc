#include "lakehouse/databricks/remote_sql.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/ascii.h"
#include "lakehouse/error_codes.h"
#include "lakehouse/medallion/databricks/databricks_sql.h"

namespace sluice::lakehouse::databricks {

using medallion::databricks_identifier;
using medallion::databricks_literal;

namespace {

/// `array<…>` and other nested types, which come as JSON text.
constexpr const char* nested = "JSON";

std::string text_of(const std::string& column, const std::string& type) {
  // A session's time zone must not matter.
  if (type == "TIMESTAMP WITH TIME ZONE") return "CAST(unix_micros(" + column + ") AS STRING)";
  if (type == "BLOB") return "hex(" + column + ")";
  if (type == nested) return "to_json(" + column + ")";
  return "CAST(" + column + " AS STRING)";
}

bool is_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  if (text.empty() || text.front() == '.' || text.back() == '.') return false;
  return std::count(text.begin(), text.end(), '.') <= 1 &&
         text.find_first_not_of("0123456789.") == std::string_view::npos;
}

/// Empty where the type's comparison is not known to be the same, or the text is none of its.
std::string literal_of(const std::string& value, const std::string& type) {
  if (type == "VARCHAR") return databricks_literal(value);
  if (type == "DATE") return "DATE" + databricks_literal(value);
  if (type == "TIMESTAMP") return "TIMESTAMP_NTZ" + databricks_literal(value);
  if (type == "BOOLEAN") return value == "true" || value == "false" ? value : "";
  const bool whole =
      type == "BIGINT" || type == "INTEGER" || type == "SMALLINT" || type == "TINYINT";
  if (!(whole || type.starts_with("DECIMAL(")) || !is_number(value)) return {};
  return value;
}

std::string condition_of(const RemoteFilter& filter, const Column& column) {
  const std::string name = databricks_identifier(column.name);
  if (column.type == nested || column.type == "BLOB") return {};
  // CHAR pads, and a collation compares in its own way.
  if (column.type == "VARCHAR" && column.reason != "string") return {};
  if (filter.kind == RemoteFilter::Kind::is_null) return name + " IS NULL";
  if (filter.kind == RemoteFilter::Kind::is_not_null) return name + " IS NOT NULL";
  std::string list;
  for (const std::string& value : filter.values) {
    const std::string literal = literal_of(value, column.type);
    if (literal.empty()) return {};
    list += (list.empty() ? "" : ", ") + literal;
  }
  if (list.empty()) return {};
  if (filter.kind == RemoteFilter::Kind::one_of) return name + " IN (" + list + ")";
  return name + " " + filter.compare + " " + list;
}

}  // namespace

std::string duckdb_type_of(const std::string& type_text) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 12> same{
      {{"tinyint", "TINYINT"},
       {"smallint", "SMALLINT"},
       {"int", "INTEGER"},
       {"bigint", "BIGINT"},
       {"float", "FLOAT"},
       {"double", "DOUBLE"},
       {"boolean", "BOOLEAN"},
       {"date", "DATE"},
       {"timestamp", "TIMESTAMP WITH TIME ZONE"},
       {"timestamp_ntz", "TIMESTAMP"},
       {"binary", "BLOB"},
       {"string", "VARCHAR"}}};
  const std::string text = lowered(type_text);
  for (const auto& [theirs, ours] : same) {
    if (text == theirs) return std::string(ours);
  }
  // It becomes part of SQL of ours: nothing but numbers goes on.
  if (text.starts_with("decimal(") && text.back() == ')' &&
      text.find_first_not_of("0123456789, ", 8) == text.size() - 1) {
    return "DECIMAL" + text.substr(7);
  }
  for (const std::string_view kind : {"array", "map", "struct", "variant"}) {
    if (text.starts_with(kind)) return nested;
  }
  return "VARCHAR";
}

Result<void> check_readable(const RemoteScan& scan) {
  for (const std::size_t index : scan.columns) {
    const Column& column = scan.table.columns[index];
    // `geometry(4326)`; Column::reason has the type as it is called there.
    if (!column.reason.starts_with("geometry") && !column.reason.starts_with("geography")) continue;
    return fail(Errc::invalid_argument, Code::remote_unreadable,
                "The column " + column.name + " is of the type " + column.reason +
                    ", which cannot be brought here.",
                "Name the other columns, or make a view with st_astext(" + column.name +
                    ") in the workspace.");
  }
  return {};
}

std::string remote_select(const RemoteScan& scan, std::int64_t rows_max) {
  std::string list;
  for (std::size_t i = 0; i < scan.columns.size(); ++i) {
    const Column& column = scan.table.columns[scan.columns[i]];
    list += (i > 0 ? ", " : "") + text_of(databricks_identifier(column.name), column.type) +
            " AS c" + std::to_string(i);
  }
  std::string name;
  for (const std::string& part : scan.table.name) {
    name += (name.empty() ? "" : ".") + databricks_identifier(part);
  }
  std::string sql = "SELECT " + (list.empty() ? "'1' AS c0" : list) + " FROM " + name;
  std::string conditions;
  for (const RemoteFilter& filter : scan.filters) {
    const std::string one = condition_of(filter, scan.table.columns[filter.column]);
    if (!one.empty()) conditions += (conditions.empty() ? " WHERE " : " AND ") + one;
  }
  // A row more than may come, which tells that there are too many.
  const std::int64_t limit = std::min(scan.limit.value_or(rows_max + 1), rows_max + 1);
  return sql + conditions + " LIMIT " + std::to_string(limit);
}

std::string value_of_text(const std::string& text_sql, const std::string& duckdb_type) {
  if (duckdb_type == "TIMESTAMP WITH TIME ZONE") {
    return "make_timestamptz(CAST(" + text_sql + " AS BIGINT))";
  }
  if (duckdb_type == "BLOB") return "from_hex(" + text_sql + ")";
  return "CAST(" + text_sql + " AS " + duckdb_type + ")";
}

}  // namespace sluice::lakehouse::databricks
