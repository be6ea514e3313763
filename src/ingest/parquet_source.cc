// Parquet → Parquet of the types that Sluice keeps (sync-and-types.md).

#include <set>

#include "dataset/names.h"
#include "ingest/limits.h"
#include "ingest/piecewise.h"
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

}  // namespace

Result<Table> write_parquet_again(const IngestRequest& request, const Engine& engine) {
  TRY_ASSIGN(const FileDescriptor file, open_file(request.source));
  const std::string relation =
      "read_parquet(" + quote_literal(path_of(file)) + ", hive_partitioning=false)";
  const auto unreadable = [](Error error) {
    // Of memory or of the disk: nothing is said of the file.
    if (error.kind == Errc::cancelled || error.kind == Errc::resource_exhausted) return error;
    error.kind = Errc::unprocessable;
    error.code = "parquet_unreadable";
    error.detail =
        "The Parquet file cannot be read: " + error.detail.substr(0, error.detail.find('\n'));
    for (std::size_t at = 0; (at = error.detail.find("/proc/self/fd/", at)) != std::string::npos;) {
      error.detail.erase(at, error.detail.find_first_not_of("0123456789", at + 14) - at);
    }
    for (const char* rest : {" ''", " \"\""}) {
      const std::size_t nothing = error.detail.find(rest);
      if (nothing != std::string::npos) error.detail.erase(nothing, 3);
    }
    error.remedy = "It seems damaged or cut off; write it again.";
    return error;
  };
  Result<duckdb::QueryResult> described = engine.query("DESCRIBE SELECT * FROM " + relation);
  if (!described) return fail(unreadable(std::move(described).error()));
  Table table;
  std::vector<std::string> headers;
  std::vector<Carried> carried;
  for (const auto& row : described->rows_as_text()) {
    headers.push_back(row.at(0).value_or(""));
    carried.push_back(carry(row.at(1).value_or("")));
  }
  if (headers.size() > columns_max) {
    return fail(Errc::too_large, "too_many_columns",
                "The file has more than " + std::to_string(columns_max) + " columns (columns_max).",
                "Split the table.");
  }
  const std::vector<std::string> names = bronze_column_names(headers);
  std::string list;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    std::string sql = carried[i].sql;
    sql.replace(sql.find('$'), 1, quote_identifier(headers[i]));
    list += (i == 0 ? "" : ", ") + sql + " AS " + quote_identifier(names[i]);
    table.columns.push_back({headers[i], carried[i].type, carried[i].reason});
  }
  Result<duckdb::QueryResult> counted = engine.query("SELECT count(*) FROM " + relation);
  if (!counted) return fail(unreadable(std::move(counted).error()));
  TRY_ASSIGN(table.rows, counted->first_int());
  if (request.room) TRY(request.room(std::filesystem::file_size(request.source)));
  Result<duckdb::QueryResult> copied =
      engine.query("COPY (SELECT " + list + " FROM " + relation + ") TO " +
                   quote_literal(request.output.string()) + " " + parquet_options(headers.size()));
  if (!copied) return fail(unreadable(std::move(copied).error()));
  table.rows_written = copied->rows_changed();
  return table;
}

}  // namespace sluice::ingest
