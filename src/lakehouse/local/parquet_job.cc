#include "lakehouse/local/parquet_job.h"

#include <system_error>
#include <utility>

#include "base/ids.h"
#include "dataset/names.h"

namespace sluice::lakehouse {

namespace fs = std::filesystem;

namespace {

constexpr int engine_threads = 2;
constexpr const char* engine_memory = "1GB";

std::string normal(const std::string& type) {
  return type == "TIMESTAMPTZ" ? "TIMESTAMP WITH TIME ZONE" : type;
}

}  // namespace

Result<ParquetJob> ParquetJob::open(const fs::path& spill, std::stop_token stop) {
  fs::path folder = spill / random_hex(8);
  TRY_ASSIGN(duckdb::Database database, duckdb::Database::open(duckdb::job_settings(
                                            engine_threads, engine_memory, folder.string())));
  TRY_ASSIGN(duckdb::Connection connection, database.connect());
  return ParquetJob(std::move(folder), std::move(stop), std::move(database),
                    std::move(connection));
}

ParquetJob::ParquetJob(ParquetJob&& other) noexcept
    : spill_(std::exchange(other.spill_, {})),
      stop_(std::move(other.stop_)),
      database_(std::move(other.database_)),
      connection_(std::move(other.connection_)) {}

ParquetJob::~ParquetJob() {
  std::error_code code;
  if (!spill_.empty()) fs::remove_all(spill_, code);
}

std::string ParquetJob::relation(const fs::path& file) {
  return "read_parquet(" + quote_literal(file.string()) + ", hive_partitioning = false)";
}

Result<std::int64_t> ParquetJob::copy_to(const std::string& select, const fs::path& file) {
  // COPY writes nothing for an empty result unless told so; a table without rows is a table.
  Result<duckdb::QueryResult> copied =
      connection_.query("COPY (" + select + ") TO " + quote_literal(file.string()) +
                            " (FORMAT parquet, COMPRESSION snappy, WRITE_EMPTY_FILE true)",
                        stop_);
  if (!copied) {
    std::error_code code;
    fs::remove(file, code);
    return fail(std::move(copied).error());
  }
  return row_count(file);
}

Result<std::int64_t> ParquetJob::query_int(const std::string& sql) {
  TRY_ASSIGN(duckdb::QueryResult result, connection_.query(sql, stop_));
  return result.first_int();
}

Result<std::int64_t> ParquetJob::row_count(const fs::path& file) {
  return query_int("SELECT coalesce(sum(num_rows), 0)::BIGINT FROM parquet_file_metadata(" +
                   quote_literal(file.string()) + ")");
}

Result<void> ParquetJob::check_columns(const fs::path& file, const std::vector<Column>& columns) {
  TRY_ASSIGN(duckdb::QueryResult result,
             connection_.query("SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM " +
                                   relation(file) + ")",
                               stop_));
  const auto found = result.rows_as_text();
  bool same = found.size() == columns.size();
  for (std::size_t i = 0; same && i < found.size(); ++i) {
    same = found[i].at(0) == columns[i].name && found[i].at(1) == normal(columns[i].type);
  }
  if (same) return {};
  return fail(Errc::data_loss, "landed_file_damaged",
              "The Parquet file's columns are not those of the dataset.",
              "Upload the dataset again.");
}

}  // namespace sluice::lakehouse
