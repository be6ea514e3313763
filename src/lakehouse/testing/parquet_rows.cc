// Parquet files of a few rows for tests, and reading them back, by an engine in the test's own
// process.
#include "lakehouse/testing/parquet_rows.h"

#include "base/hash.h"
#include "base/sql_text.h"
#include "duckdb/database.h"
#include "lakehouse/medallion/silver_plan_maker.h"

namespace sluice::lakehouse::testing {

ParquetRows make_parquet(const std::string& select, const std::vector<Column>& columns,
                         const std::filesystem::path& path) {
  duckdb::Database database =
      duckdb::Database::open(duckdb::job_settings({.memory_bytes = 256'000'000, .threads = 1}))
          .value();
  duckdb::Connection connection = database.connect().value();
  const std::string file = quote_literal(path.string());
  const auto copied = connection.query("COPY (" + select + ") TO " + file + " (FORMAT parquet)");
  if (!copied) throw std::runtime_error(to_line(copied.error()));
  return {sha256_file_hex(path).value(),
          medallion::make_plan(connection, "read_parquet(" + file + ")", columns).value()};
}

std::int64_t count_rows(const std::vector<std::filesystem::path>& files) {
  duckdb::Database database =
      duckdb::Database::open(duckdb::job_settings({.memory_bytes = 256'000'000, .threads = 1}))
          .value();
  duckdb::Connection connection = database.connect().value();
  std::int64_t rows = 0;
  for (const std::filesystem::path& file : files) {
    rows += connection
                .query_int("SELECT count(*) FROM read_parquet(" + quote_literal(file.string()) +
                           ", hive_partitioning = false)")
                .value();
  }
  return rows;
}

}  // namespace sluice::lakehouse::testing
