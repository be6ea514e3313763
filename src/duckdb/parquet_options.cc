#include "duckdb/parquet_options.h"

#include <algorithm>

namespace sluice::duckdb {
namespace {

/// The engine's own row group, for tables up to `usual_columns` wide; wider ones get fewer rows,
/// since a group is held in memory.
constexpr std::size_t group_rows = 122'880;
constexpr std::size_t usual_columns = 64;
/// The engine writes whole vectors.
constexpr std::size_t vector_rows = 2'048;
/// What the engine sets aside for the dictionary of each column of text, however little is in it.
constexpr std::size_t dictionary_bytes = 1U << 20;

}  // namespace

std::string parquet_options(std::size_t columns) {
  const std::size_t width = std::max(columns, usual_columns);
  const std::size_t group =
      std::max<std::size_t>(group_rows * usual_columns / width / vector_rows, 1) * vector_rows;
  return "(FORMAT parquet, COMPRESSION snappy, USE_TMP_FILE false, WRITE_EMPTY_FILE true, "
         "ROW_GROUP_SIZE " +
         std::to_string(group) + ", STRING_DICTIONARY_PAGE_SIZE_LIMIT " +
         std::to_string(dictionary_bytes * usual_columns / width) + ")";
}

}  // namespace sluice::duckdb
