#pragma once

#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "dataset/dataset.h"
#include "duckdb/engine_session.h"

namespace sluice::lakehouse {

/// Of a job's memory: what is only looked at before it is sent to a workspace needs a quarter, a
/// table that a query brings from there (lakehouse/remote_tables.h bounds it) half.
inline constexpr std::uint64_t look_memory_share = 4;
inline constexpr std::uint64_t fetch_memory_share = 2;

/// An engine of two threads over Parquet files, for one job, in a worker that is locked in
/// with these files (sandbox/job.h); its spill goes with it. A stop ends the statement that runs
/// with `cancelled`.
class ParquetJob {
 public:
  /// An input may be a folder: its files are then `input(i) + "/name"`. The worker's own folder is
  /// made below `spill`, on the file system of the files that are to be made.
  /// The engine gets one in `memory_share` parts of what a job of these workers may take.
  static Result<ParquetJob> open(sandbox::ForkServer& workers, const std::filesystem::path& spill,
                                 std::vector<std::filesystem::path> inputs,
                                 const std::stop_token& stop, std::uint64_t memory_share = 1);

  /// A file as a relation: `read_parquet('…')`.
  static std::string relation(const std::filesystem::path& file);
  /// How SQL names an input, by its place.
  const std::string& input(std::size_t place) const { return session_.input(place); }
  std::string input_relation(std::size_t place) const { return relation(input(place)); }

  Result<std::int64_t> query_int(const std::string& sql) { return session_.query_int(sql); }
  /// The rows of a SELECT, which has about so many columns, as a new file, which is there after
  /// close(); its number of rows.
  Result<std::int64_t> copy_to(const std::string& select, std::size_t columns,
                               const std::filesystem::path& file);
  Result<std::int64_t> row_count(std::size_t input);
  /// `data_loss` (`landed_file_damaged`) where the input's columns are not these, by name and type.
  Result<void> check_columns(std::size_t input, const std::vector<Column>& columns);
  /// Ends the worker and hands its files over. Without it no file is left.
  Result<void> close() { return session_.close(); }

 private:
  explicit ParquetJob(duckdb::EngineSession session) : session_(std::move(session)) {}
  duckdb::EngineSession session_;
};

}  // namespace sluice::lakehouse
