#pragma once

#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "dataset/dataset.h"
#include "duckdb/database.h"

namespace sluice::lakehouse {

/// A DuckDB engine of two threads and 1 GB over Parquet files, for one job; its spill folder goes
/// with it. A stop ends the statement that runs with `cancelled`.
class ParquetJob {
 public:
  static Result<ParquetJob> open(const std::filesystem::path& spill, std::stop_token stop);
  ParquetJob(ParquetJob&& other) noexcept;
  ParquetJob& operator=(ParquetJob&&) = delete;
  ~ParquetJob();

  /// The file as a relation: `read_parquet('…')`.
  static std::string relation(const std::filesystem::path& file);
  Result<std::int64_t> query_int(const std::string& sql);
  /// The rows of a SELECT as a new file; its number of rows. On failure no file is left.
  Result<std::int64_t> copy_to(const std::string& select, const std::filesystem::path& file);
  Result<std::int64_t> row_count(const std::filesystem::path& file);
  /// `data_loss` (`landed_file_damaged`) where the file's columns are not these, by name and type.
  Result<void> check_columns(const std::filesystem::path& file, const std::vector<Column>& columns);

 private:
  ParquetJob(std::filesystem::path spill, std::stop_token stop, duckdb::Database database,
             duckdb::Connection connection)
      : spill_(std::move(spill)),
        stop_(std::move(stop)),
        database_(std::move(database)),
        connection_(std::move(connection)) {}

  std::filesystem::path spill_;  ///< Empty once moved from.
  std::stop_token stop_;
  duckdb::Database database_;
  duckdb::Connection connection_;
};

}  // namespace sluice::lakehouse
