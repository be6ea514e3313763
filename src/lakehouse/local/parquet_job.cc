#include "lakehouse/local/parquet_job.h"

#include <system_error>
#include <utility>

#include "base/list_folder.h"
#include "base/sql_text.h"
#include "duckdb/parquet_options.h"
#include "lakehouse/error_codes.h"

namespace sluice::lakehouse {

namespace fs = std::filesystem;

namespace {

std::string normal(const std::string& type) {
  return type == "TIMESTAMPTZ" ? "TIMESTAMP WITH TIME ZONE" : type;
}

/// For the worker's limits only: what cannot be read fails when it is opened.
std::uint64_t bytes_of(const fs::path& path) {
  std::error_code none;
  if (!fs::is_directory(path, none)) {
    const std::uintmax_t bytes = fs::file_size(path, none);
    return none ? 0 : bytes;
  }
  std::uint64_t bytes = 0;
  for (const fs::path& entry : list_folder(path).value_or(std::vector<fs::path>())) {
    const std::uintmax_t more = fs::is_regular_file(entry, none) ? fs::file_size(entry, none) : 0;
    if (!none) bytes += more;
  }
  return bytes;
}

std::string rows_of(const std::string& file) {
  return "SELECT coalesce(sum(num_rows), 0)::BIGINT FROM parquet_file_metadata(" +
         quote_literal(file) + ")";
}

}  // namespace

Result<ParquetJob> ParquetJob::open(sandbox::ForkServer& workers, const fs::path& spill,
                                    std::vector<fs::path> inputs, const std::stop_token& stop,
                                    std::uint64_t memory_share) {
  duckdb::EngineSession::Options options;
  options.memory_share = memory_share;
  std::uint64_t bytes = 0;
  for (const fs::path& input : inputs) bytes += bytes_of(input);
  options.limits = sandbox::limits_for(bytes);
  options.inputs = std::move(inputs);
  TRY_ASSIGN(duckdb::EngineSession session,
             duckdb::EngineSession::open(workers, spill, options, stop));
  return ParquetJob(std::move(session));
}

std::string ParquetJob::relation(const fs::path& file) {
  return "read_parquet(" + quote_literal(file.string()) + ", hive_partitioning = false)";
}

Result<std::int64_t> ParquetJob::copy_to(const std::string& select, std::size_t columns,
                                         const fs::path& file) {
  const std::string made = session_.output(file);
  TRY(session_.query("COPY (" + select + ") TO " + quote_literal(made) + " " +
                     duckdb::parquet_options(columns)));
  return query_int(rows_of(made));
}

Result<std::int64_t> ParquetJob::row_count(std::size_t input) {
  return query_int(rows_of(session_.input(input)));
}

Result<void> ParquetJob::check_columns(std::size_t input, const std::vector<Column>& columns) {
  TRY_ASSIGN(const duckdb::TextRows found,
             session_.query("SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM " +
                            input_relation(input) + ")"));
  bool same = found.size() == columns.size();
  for (std::size_t i = 0; same && i < found.size(); ++i) {
    same = found[i].size() == 2 && found[i][0] == columns[i].name &&
           found[i][1] == normal(columns[i].type);
  }
  if (same) return {};
  return fail(Errc::data_loss, Code::landed_file_damaged,
              "The Parquet file's columns are not those of the dataset.",
              "Upload the dataset again.");
}

}  // namespace sluice::lakehouse
