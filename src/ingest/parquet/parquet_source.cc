// Parquet → Parquet of the types that Sluice keeps (sync-and-types.md).

#include <filesystem>
#include <set>
#include <utility>

#include "base/sql_text.h"
#include "dataset/names.h"
#include "duckdb/parquet_options.h"
#include "ingest/bytes/file_reader.h"
#include "ingest/cells/type_guess.h"
#include "ingest/error_codes.h"
#include "ingest/parquet/parquet_check.h"
#include "ingest/parquet/parquet_copy.h"
#include "ingest/parquet/parquet_file.h"
#include "ingest/parquet/parquet_footer.h"
#include "ingest/parquet/parquet_values.h"
#include "ingest/source_limits.h"
#include "ingest/sources.h"

namespace sluice::ingest {
namespace {

/// How a column of another type is written without losing a value.
struct Carried {
  std::string type;
  std::string sql;  ///< Of the cell, where `$` stands for the column.
  std::string reason;
};

Carried carry(const std::string& type) {
  static const std::set<std::string> kept = {"VARCHAR", "BIGINT", "DOUBLE",
                                             "BOOLEAN", "DATE",   "TIMESTAMP"};
  static const std::set<std::string> small = {"TINYINT",  "SMALLINT",  "INTEGER",
                                              "UTINYINT", "USMALLINT", "UINTEGER"};
  if (kept.count(type) > 0 || type.starts_with("DECIMAL(")) {
    // A nested type may begin so too: STRUCT and lists come below.
    if (!type.ends_with("]")) return {type, "$", "as in the Parquet file"};
  }
  if (type == "TIMESTAMP WITH TIME ZONE") return {"TIMESTAMPTZ", "$", "as in the Parquet file"};
  if (small.count(type) > 0) return {"BIGINT", "CAST($ AS BIGINT)", "the file's " + type};
  if (type == "UBIGINT") return {"DECIMAL(20,0)", "CAST($ AS DECIMAL(20,0))", "the file's " + type};
  if (type == "FLOAT") return {"DOUBLE", "CAST($ AS DOUBLE)", "the file's " + type};
  if (type == "TIMESTAMP_S" || type == "TIMESTAMP_MS") {
    return {"TIMESTAMP", "CAST($ AS TIMESTAMP)", "the file's " + type};
  }
  if (type.ends_with("]") || type.starts_with("STRUCT(") || type.starts_with("MAP(")) {
    return {"VARCHAR", "CAST(to_json($) AS VARCHAR)", "JSON text of the file's " + type};
  }
  // BLOB, UUID, TIME, INTERVAL, HUGEINT, TIMESTAMP_NS, ENUM: DuckDB's text of each keeps all of it.
  return {"VARCHAR", "CAST($ AS VARCHAR)", "text of the file's " + type};
}

/// What the file itself says of a column, nested ones included, where DuckDB's type does not tell.
struct InFile {
  std::string name;        ///< Before DuckDB made it unique.
  bool is_wide = false;    ///< A decimal of more than 38 digits, which DuckDB reads as DOUBLE.
  bool has_nanos = false;  ///< Instants or times of day, which DuckDB cuts to microseconds.
};

/// From the rows of parquet_schema: the tree in preorder, the root first.
std::vector<InFile> columns_in_file(duckdb::QueryResult& schema) {
  std::vector<InFile> columns;
  std::vector<std::int64_t> left;  // Children to come, by depth.
  for (const auto& row : schema.rows_as_text()) {
    while (!left.empty() && left.back() == 0) left.pop_back();
    if (left.size() == 1) columns.push_back({row.at(0).value_or("")});
    if (!left.empty()) {
      --left.back();
      InFile& column = columns.back();
      column.is_wide = column.is_wide || row.at(2) == "true";
      column.has_nanos = column.has_nanos || row.at(3) == "true";
    }
    left.push_back(std::stoll(row.at(1).value_or("0")));
  }
  return columns;
}

/// Refuses what would be bent, and says what is cut.
Result<void> look_into(const std::vector<InFile>& columns, std::vector<std::string>& headers,
                       std::vector<Carried>& carried, std::vector<std::string>& notes) {
  if (columns.size() != headers.size()) return {};
  for (std::size_t i = 0; i < columns.size(); ++i) {
    headers[i] = columns[i].name;
    if (columns[i].is_wide) {
      return fail(Errc::unprocessable, Code::parquet_decimal_too_wide,
                  "Column " + shown(headers[i]) +
                      " is a decimal of more than 38 digits, of which the engine keeps 15.",
                  "Write it as text, or with at most 38 digits.");
    }
    if (!columns[i].has_nanos) continue;
    carried[i].reason += "; digits below the microsecond are not kept";
    notes.push_back(nanoseconds_note(headers[i]));
  }
  return {};
}

/// What the file declares, where the engine was made to read more than that.
void take_declared(const ParquetFooter& footer, std::vector<std::string>& types,
                   std::vector<Carried>& carried) {
  std::size_t column = 0;
  for (const ParquetNode& node : footer.nodes) {
    if (node.depth != 2) continue;
    const std::size_t i = column++;
    if (node.declared.empty() || i >= types.size()) continue;
    const std::string read_as = std::exchange(types[i], node.declared);
    carried[i] = carry(node.declared);
    if (node.declared.starts_with("DECIMAL(")) {
      carried[i].sql = "CAST($ AS " + node.declared + ")";
    } else if (node.declared == "TIME WITH TIME ZONE") {
      carried[i].sql = "CAST($ AS VARCHAR) || '+00'";
      types[i] = read_as;
    }
  }
}

/// Bytes that are text in every cell are read as text, and it is said.
Result<void> take_texts(const Engine& engine, const ParquetColumns& columns,
                        const std::vector<std::string>& headers, std::vector<Carried>& carried,
                        std::vector<std::string>& notes) {
  TRY_ASSIGN(const std::vector<bool> are_texts, unmarked_texts(engine, columns));
  for (std::size_t i = 0; i < are_texts.size(); ++i) {
    if (!are_texts[i]) continue;
    carried[i] = {"VARCHAR", "decode($)", "the file's BLOB; every cell is UTF-8"};
    notes.push_back("Column " + shown(headers[i]) +
                    " is of bytes that the file does not call text; every cell is UTF-8, and is "
                    "read as text.");
  }
  return {};
}

}  // namespace

Result<Table> write_parquet_again(const IngestRequest& request, const Engine& engine,
                                  const std::filesystem::path& temp) {
  TRY_ASSIGN(const ParquetFooter footer, check_parquet(request.source, request.stop));
  const std::filesystem::path widened = temp / "widened.parquet";
  if (!footer.changes.empty()) {
    TRY(copy_parquet(request, footer, footer.changes, widened));
  }
  TRY_ASSIGN(const FileDescriptor file,
             open_file(footer.changes.empty() ? request.source : widened));
  const std::string path = quote_literal(path_of(file));
  const std::string relation = "read_parquet(" + path + ", hive_partitioning=false)";
  Result<duckdb::QueryResult> described = engine.query("DESCRIBE SELECT * FROM " + relation);
  if (!described) return fail(unreadable_parquet(std::move(described).error()));
  Table table;
  std::vector<std::string> headers;
  std::vector<std::string> read_as;  // The names by which DuckDB calls them.
  std::vector<std::string> types;
  std::vector<Carried> carried;
  for (const auto& row : described->rows_as_text()) {
    read_as.push_back(row.at(0).value_or(""));
    types.push_back(row.at(1).value_or(""));
    carried.push_back(carry(types.back()));
  }
  take_declared(footer, types, carried);
  headers = read_as;
  if (headers.size() > columns_max) {
    return fail(Errc::too_large, Code::too_many_columns,
                "The file has more than " + std::to_string(columns_max) + " columns (columns_max).",
                "Split the table.");
  }
  // TIMESTAMP_NS without a zone is kept, as text.
  Result<duckdb::QueryResult> schema = engine.query(
      "SELECT name, coalesce(num_children, 0), coalesce(precision, 0) > 38, "
      "coalesce(logical_type LIKE 'TimestampType(isAdjustedToUTC=1%NANOS=Nano%' OR "
      "logical_type LIKE 'TimeType(%NANOS=Nano%', false) FROM parquet_schema(" +
      path + ")");
  if (!schema) return fail(unreadable_parquet(std::move(schema).error()));
  TRY(look_into(columns_in_file(*schema), headers, carried, table.notes));
  TRY(check_null_tokens(request.options, headers));
  const ParquetColumns columns{path, types, read_as};
  TRY(check_values(engine, columns, headers));
  TRY(take_texts(engine, columns, headers, carried, table.notes));
  TRY(check_int96(request, engine, footer, headers, temp, table.notes));
  const std::vector<std::string> names = bronze_column_names(headers);
  std::string list;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const std::string cell = quote_identifier(read_as[i]);
    std::string sql = carried[i].sql;
    sql.replace(sql.find('$'), 1, cell);
    // Whoever prints a value looks at it once more: this is another reading than the one above.
    const std::string in_range = carried[i].type == "VARCHAR" ? in_range_sql(types[i], cell) : "";
    if (!in_range.empty()) {
      sql = "CASE WHEN " + in_range + " THEN " + sql + " ELSE error('a value changed') END";
    }
    list += (i == 0 ? "" : ", ") + sql + " AS " + quote_identifier(names[i]);
    table.columns.push_back({headers[i], carried[i].type, carried[i].reason});
  }
  Result<duckdb::QueryResult> counted = engine.query("SELECT count(*) FROM " + relation);
  if (!counted) return fail(unreadable_parquet(std::move(counted).error()));
  TRY_ASSIGN(table.rows, counted->first_int());
  if (request.room) TRY(request.room(std::filesystem::file_size(request.source)));
  Result<duckdb::QueryResult> copied = engine.query(
      "COPY (SELECT " + list + " FROM " + relation + ") TO " +
      quote_literal(request.output.string()) + " " + duckdb::parquet_options(headers.size()));
  if (!copied) return fail(unreadable_parquet(std::move(copied).error()));
  table.rows_written = copied->rows_changed();
  return table;
}

}  // namespace sluice::ingest
