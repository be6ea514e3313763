#include "ingest/write/parquet_writer.h"

#include <exception>
#include <thread>

#include "base/sql_text.h"
#include "duckdb/parquet_options.h"
#include "ingest/error_codes.h"

namespace sluice::ingest {

Result<std::int64_t> write_parquet(const Engine& engine, BatchQueue& queue, std::size_t columns,
                                   const std::filesystem::path& output) {
  const auto copy = [&]() -> Result<duckdb::QueryResult> {
    TRY_ASSIGN(duckdb::Connection * connection, engine.connection());
    queue.check_before_batches(engine.room());
    TRY(connection->scan_arrow("incoming", queue.stream()));
    return engine.query("COPY (FROM incoming) TO " + quote_literal(output.string()) + " " +
                        duckdb::parquet_options(columns));
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
        queue.fail_with({Errc::internal, Code::exception, "A reader threw.", {}});
      }
    });
    written = write_parquet(engine, queue, columns, output);
  }
  if (thrown) std::rethrow_exception(thrown);
  return written;
}

}  // namespace sluice::ingest
