#include "ingest/parquet_writer.h"

#include <algorithm>
#include <exception>
#include <thread>

#include "dataset/names.h"
#include "ingest/limits.h"

namespace sluice::ingest {

std::string parquet_options(std::size_t columns) {
  const std::size_t width = std::max(columns, row_group_columns);
  // Whole vectors of 2048 rows, as DuckDB writes them.
  const std::size_t group =
      std::max<std::size_t>(row_group_rows * row_group_columns / width / 2048, 1) * 2048;
  return "(FORMAT parquet, COMPRESSION snappy, USE_TMP_FILE false, ROW_GROUP_SIZE " +
         std::to_string(group) + ")";
}

Result<std::int64_t> write_parquet(const Engine& engine, BatchQueue& queue, std::size_t columns,
                                   const std::filesystem::path& output) {
  const auto copy = [&]() -> Result<duckdb::QueryResult> {
    TRY_ASSIGN(duckdb::Connection * connection, engine.connection());
    queue.check_before_batches(engine.room());
    TRY(connection->scan_arrow("incoming", queue.stream()));
    return engine.query("COPY (FROM incoming) TO " + quote_literal(output.string()) + " " +
                        parquet_options(columns));
  };
  Result<duckdb::QueryResult> copied = copy();
  if (!copied) {
    // Producers that still push must not wait for a consumer that is gone.
    queue.fail_with(copied.error());
    return fail(*queue.error());
  }
  return copied->rows_changed();
}

Result<std::int64_t> write_while(const Engine& engine, BatchQueue& queue, std::size_t columns,
                                 const std::filesystem::path& output,
                                 const std::function<Result<void>()>& produce) {
  std::exception_ptr thrown;
  Result<std::int64_t> written = 0;
  {
    const std::jthread producer([&] {
      try {
        if (Result<void> made = produce(); !made) queue.fail_with(std::move(made).error());
      } catch (...) {
        thrown = std::current_exception();
        queue.fail_with({Errc::internal, "exception", "A reader threw.", {}});
      }
    });
    written = write_parquet(engine, queue, columns, output);
  }
  if (thrown) std::rethrow_exception(thrown);
  return written;
}

}  // namespace sluice::ingest
