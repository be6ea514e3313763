#include "ingest/parquet/parquet_check.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "base/ascii.h"
#include "base/sql_text.h"
#include "duckdb/error_codes.h"
#include "ingest/bytes/file_reader.h"
#include "ingest/cells/type_guess.h"
#include "ingest/error_codes.h"
#include "ingest/parquet/parquet_copy.h"
#include "ingest/parquet/parquet_int96.h"
#include "ingest/parquet/parquet_values.h"

namespace sluice::ingest {
namespace {

/// The engine's work for so many aggregates grows with their square.
constexpr std::size_t columns_at_once = 100;

/// The columns of the copy that has INTERVALs for INT96; the others are not looked at.
Result<ParquetColumns> columns_of(const Engine& engine, std::string path,
                                  const std::vector<bool>& has_int96) {
  ParquetColumns columns{std::move(path), {}, {}, Intervals::int96};
  Result<duckdb::QueryResult> described = engine.query("DESCRIBE SELECT * FROM read_parquet(" +
                                                       columns.path + ", hive_partitioning=false)");
  if (!described) return fail(unreadable_parquet(std::move(described).error()));
  for (const auto& row : described->rows_as_text()) {
    const std::size_t i = columns.types.size();
    columns.read_as.push_back(row.at(0).value_or(""));
    const bool is_looked_at = i < has_int96.size() && has_int96[i];
    columns.types.push_back(is_looked_at ? row.at(1).value_or("") : "");
  }
  return columns;
}

/// Says which columns have digits that are not kept.
Result<void> note_lost_digits(const Engine& engine, const ParquetColumns& columns,
                              const std::vector<std::string>& headers,
                              std::vector<std::string>& notes) {
  std::vector<std::size_t> flat;
  for (std::size_t i = 0; i < columns.types.size(); ++i) {
    if (columns.types[i] == "INTERVAL") {
      flat.push_back(i);
    } else if (!columns.types[i].empty()) {
      // It is not known without a look at each element: it is said in any case.
      notes.push_back(nanoseconds_note(headers[i]));
    }
  }
  for (std::size_t begin = 0; begin < flat.size(); begin += columns_at_once) {
    const auto some =
        std::span(flat).subspan(begin, std::min(columns_at_once, flat.size() - begin));
    std::string list;
    for (const std::size_t i : some) {
      list += (list.empty() ? "" : ", ") + std::string("count(*) FILTER (") +
              int96_loses_digits_sql(quote_identifier(columns.read_as[i])) + ")";
    }
    Result<duckdb::QueryResult> counted = engine.query("SELECT " + list + " FROM read_parquet(" +
                                                       columns.path + ", hive_partitioning=false)");
    if (!counted) return fail(unreadable_parquet(std::move(counted).error()));
    const auto row = counted->rows_as_text().at(0);
    for (std::size_t k = 0; k < some.size(); ++k) {
      if (row.at(k) != "0") notes.push_back(nanoseconds_note(headers[some[k]]));
    }
  }
  return {};
}

/// That the values of a column can be its type's.
struct Condition {
  std::size_t column;
  std::string sql;
};

struct Misfit {
  std::size_t column;
  std::int64_t row;  ///< From 0; -1: not known.
};

Result<std::optional<Misfit>> first_misfit(const Engine& engine, const ParquetColumns& columns,
                                           std::span<const Condition> conditions) {
  const bool has_row_number =
      std::none_of(columns.read_as.begin(), columns.read_as.end(),
                   [](const std::string& name) { return lowered(name) == "file_row_number"; });
  std::string list;
  for (const Condition& condition : conditions) {
    list += (list.empty() ? "" : ", ") +
            std::string(has_row_number ? "min(file_row_number)" : "min(-1)") + " FILTER (NOT " +
            condition.sql + ")";
  }
  Result<duckdb::QueryResult> found = engine.query(
      "SELECT " + list + " FROM read_parquet(" + columns.path + ", hive_partitioning=false" +
      (has_row_number ? ", file_row_number=true)" : ")"));
  if (!found) return fail(unreadable_parquet(std::move(found).error()));
  const auto rows = found->rows_as_text();
  for (std::size_t k = 0; k < conditions.size(); ++k) {
    const std::optional<std::string>& row = rows.at(0).at(k);
    if (row) return Misfit{conditions[k].column, std::stoll(*row)};
  }
  return std::nullopt;
}

}  // namespace

Error unreadable_parquet(Error error) {
  if (error.code == duckdb::Code::duckdb_out_of_memory) {
    // Each job has the same memory, so that trying again is of no use.
    return {Errc::unprocessable, Code::parquet_memory,
            "Reading the Parquet file takes more memory than one ingest may have.",
            "Write it with smaller row groups or pages."};
  }
  // Of the disk, or of whoever stopped it: nothing is said of the file.
  if (error.kind == Errc::cancelled || error.kind == Errc::resource_exhausted) return error;
  const bool of_a_value = error.code == duckdb::Code::duckdb_data;
  error.kind = Errc::unprocessable;
  error.code = Code::parquet_unreadable;
  error.detail =
      "The Parquet file cannot be read: " + error.detail.substr(0, error.detail.find('\n'));
  for (std::size_t at = 0; (at = error.detail.find("/proc/self/fd/", at)) != std::string::npos;) {
    error.detail.erase(at, error.detail.find_first_not_of("0123456789", at + 14) - at);
  }
  for (const char* rest : {" ''", " \"\""}) {
    const std::size_t nothing = error.detail.find(rest);
    if (nothing != std::string::npos) error.detail.erase(nothing, 3);
  }
  error.remedy = of_a_value ? "A value is damaged, or beyond what its type can hold here."
                            : "It seems damaged or cut off; write it again.";
  return error;
}

std::string nanoseconds_note(const std::string& header) {
  return "Column " + shown(header) +
         " is of nanoseconds, of which the engine reads microseconds: digits below are not kept.";
}

Result<void> check_values(const Engine& engine, const ParquetColumns& columns,
                          const std::vector<std::string>& headers) {
  constexpr std::size_t conditions_bytes_max = 16U << 20;  // Of names a footer may be full.
  std::vector<Condition> conditions;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < columns.types.size(); ++i) {
    std::string sql =
        in_range_sql(columns.types[i], quote_identifier(columns.read_as[i]), columns.intervals);
    if (sql.empty()) continue;
    bytes += sql.size();
    conditions.push_back({i, std::move(sql)});
  }
  if (bytes > conditions_bytes_max) {
    return fail(Errc::unprocessable, Code::parquet_footer,
                "The names in the Parquet file's schema are too long to work with.",
                "Give its fields shorter names.");
  }
  if (conditions.empty()) return {};
  // The file's own statistics may lie: nothing must be concluded from them.
  TRY(engine.query("SET disabled_optimizers = 'statistics_propagation'"));
  Result<std::optional<Misfit>> found = std::nullopt;
  for (std::size_t begin = 0; begin < conditions.size() && found && !*found;
       begin += columns_at_once) {
    const std::size_t count = std::min(columns_at_once, conditions.size() - begin);
    found = first_misfit(engine, columns, std::span(conditions).subspan(begin, count));
  }
  TRY(engine.query("RESET disabled_optimizers"));
  TRY_ASSIGN(const std::optional<Misfit> misfit, std::move(found));
  if (!misfit) return {};
  const bool is_int96 = columns.intervals == Intervals::int96;
  const std::string where = misfit->row < 0 ? "" : " in row " + std::to_string(misfit->row + 1);
  return fail(Errc::unprocessable, Code::value_out_of_range,
              "The value of column " + shown(headers[misfit->column]) + where +
                  " is none that its type, " +
                  (is_int96 ? "INT96" : columns.types[misfit->column]) + ", can have.",
              "Mend the value, or write the column as text or as numbers.");
}

Result<std::vector<bool>> unmarked_texts(const Engine& engine, const ParquetColumns& columns) {
  std::vector<bool> are_texts(columns.types.size(), false);
  for (std::size_t i = 0; i < columns.types.size(); ++i) {
    if (columns.types[i] != "BLOB") continue;
    const std::string cell = quote_identifier(columns.read_as[i]);
    // A value that is no UTF-8 is an error of decode(), which ends the reading there.
    Result<duckdb::QueryResult> read = engine.query(
        "SELECT CAST(coalesce(bool_and(NOT regexp_matches(decode(" + cell +
        "), '[\\x00-\\x08\\x0B\\x0C\\x0E-\\x1F\\x7F]')), false) AS BIGINT) FROM read_parquet(" +
        columns.path + ", hive_partitioning=false)");
    if (!read && read.error().code == duckdb::Code::duckdb_data) continue;
    if (!read) return fail(unreadable_parquet(std::move(read).error()));
    TRY_ASSIGN(const std::int64_t is_text, read->first_int());
    are_texts[i] = is_text == 1;
  }
  return are_texts;
}

Result<void> check_int96(const IngestRequest& request, const Engine& engine,
                         const ParquetFooter& footer, const std::vector<std::string>& headers,
                         const std::filesystem::path& temp, std::vector<std::string>& notes) {
  if (footer.int96_as_interval.empty()) return {};
  const std::filesystem::path copy = temp / "int96.parquet";
  const std::vector<bool> has_int96 = columns_with_int96(footer);
  TRY(copy_parquet(request, footer, footer.int96_as_interval, copy, &has_int96));
  TRY_ASSIGN(const FileDescriptor file, open_file(copy));
  TRY_ASSIGN(const ParquetColumns columns,
             columns_of(engine, quote_literal(path_of(file)), has_int96));
  TRY(check_values(engine, columns, headers));
  TRY(note_lost_digits(engine, columns, headers, notes));
  return {};
}

}  // namespace sluice::ingest
