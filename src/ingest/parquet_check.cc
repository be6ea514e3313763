#include "ingest/parquet_check.h"

#include <string>
#include <utility>

#include "dataset/names.h"
#include "ingest/parquet_int96.h"
#include "ingest/parquet_values.h"
#include "ingest/piecewise.h"
#include "ingest/type_guess.h"

namespace sluice::ingest {
namespace {

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
  for (std::size_t i = 0; i < columns.types.size(); ++i) {
    if (columns.types[i].empty()) continue;
    // Of a nested one it is not known without a look at each element: it is said in any case.
    std::int64_t lost = 1;
    if (columns.types[i] == "INTERVAL") {
      Result<duckdb::QueryResult> counted =
          engine.query("SELECT count(*) FILTER (" +
                       int96_loses_digits_sql(quote_identifier(columns.read_as[i])) +
                       ") FROM read_parquet(" + columns.path + ", hive_partitioning=false)");
      if (!counted) return fail(unreadable_parquet(std::move(counted).error()));
      TRY_ASSIGN(lost, counted->first_int());
    }
    if (lost > 0) notes.push_back(nanoseconds_note(headers[i]));
  }
  return {};
}

}  // namespace

Error unreadable_parquet(Error error) {
  if (error.code == "duckdb_out_of_memory") {
    // Each job has the same memory, so that trying again is of no use.
    return {Errc::unprocessable, "parquet_memory",
            "Reading the Parquet file takes more memory than one ingest may have.",
            "Write it with smaller row groups or pages."};
  }
  // Of the disk, or of whoever stopped it: nothing is said of the file.
  if (error.kind == Errc::cancelled || error.kind == Errc::resource_exhausted) return error;
  const bool of_a_value = error.code == "duckdb_data";
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
  bool has_row_number = true;
  std::vector<std::size_t> checked;
  std::vector<std::string> conditions;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < columns.types.size(); ++i) {
    has_row_number = has_row_number && lowered(columns.read_as[i]) != "file_row_number";
    std::string condition =
        in_range_sql(columns.types[i], quote_identifier(columns.read_as[i]), columns.intervals);
    if (condition.empty()) continue;
    bytes += condition.size();
    checked.push_back(i);
    conditions.push_back(std::move(condition));
  }
  if (checked.empty()) return {};
  if (bytes > conditions_bytes_max) {
    return fail(Errc::unprocessable, "parquet_footer",
                "The names in the Parquet file's schema are too long to work with.",
                "Give its fields shorter names.");
  }
  std::string list;
  for (const std::string& condition : conditions) {
    list += (list.empty() ? "" : ", ") +
            std::string(has_row_number ? "min(file_row_number)" : "min(-1)") + " FILTER (NOT " +
            condition + ")";
  }
  // The file's own statistics may lie: nothing must be concluded from them.
  TRY(engine.query("SET disabled_optimizers = 'statistics_propagation'"));
  Result<duckdb::QueryResult> found = engine.query(
      "SELECT " + list + " FROM read_parquet(" + columns.path + ", hive_partitioning=false" +
      (has_row_number ? ", file_row_number=true)" : ")"));
  TRY(engine.query("RESET disabled_optimizers"));
  if (!found) return fail(unreadable_parquet(std::move(found).error()));
  const auto rows = found->rows_as_text();
  for (std::size_t k = 0; k < checked.size(); ++k) {
    const std::optional<std::string>& row = rows.at(0).at(k);
    if (!row) continue;
    const bool is_int96 = columns.intervals == Intervals::int96;
    const std::string type = is_int96 ? "INT96" : columns.types[checked[k]];
    const std::string where = *row == "-1" ? "" : " in row " + std::to_string(std::stoll(*row) + 1);
    return fail(Errc::unprocessable, "value_out_of_range",
                "The value of column " + shown(headers[checked[k]]) + where +
                    " is none that its type, " + type + ", can have.",
                "Mend the value, or write the column as text or as numbers.");
  }
  return {};
}

Result<void> check_int96(const IngestRequest& request, const Engine& engine,
                         const ParquetFooter& footer, const std::vector<std::string>& headers,
                         const std::filesystem::path& temp, std::vector<std::string>& notes) {
  if (footer.int96_as_interval.empty()) return {};
  const std::filesystem::path copy = temp / "int96.parquet";
  const std::vector<bool> has_int96 = columns_with_int96(footer);
  TRY(copy_int96_as_interval(request, footer, has_int96, copy));
  TRY_ASSIGN(const FileDescriptor file, open_file(copy));
  TRY_ASSIGN(const ParquetColumns columns,
             columns_of(engine, quote_literal(path_of(file)), has_int96));
  TRY(check_values(engine, columns, headers));
  TRY(note_lost_digits(engine, columns, headers, notes));
  return {};
}

}  // namespace sluice::ingest
