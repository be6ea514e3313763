#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sluice::ingest {

/// One element of the schema, in the file's order: the tree in preorder, the root first.
struct ParquetNode {
  std::string name;
  std::size_t children = 0;
  std::size_t depth = 1;   ///< Of the root 1, of a column 2.
  std::size_t column = 0;  ///< That it is, or is part of; the root is none.
  bool is_int96 = false;
  bool is_required = false;
  std::int64_t value_bytes = 0;  ///< Of a leaf whose values are all of one size; else 0.
  /// Where a change of the footer makes the engine read more than the file declares: the declared
  /// type, by DuckDB's name.
  std::string declared;
};

/// A run of bytes that holds the pages of one column.
struct ParquetChunk {
  std::uint64_t begin = 0;
  std::uint64_t bytes = 0;
  std::int64_t values = 0;
  std::size_t node = 0;  ///< The leaf whose values they are, by its place in the schema.
};

/// Bytes of the footer that give way to others, of which there may be more or fewer. A list of them
/// is in the order of their places.
struct ParquetEdit {
  std::size_t at = 0;
  std::size_t removed = 0;
  std::string bytes;
};

struct ParquetFooter {
  std::vector<ParquetNode> nodes;
  /// The engine cuts a value that is stored wider than its declared type to fit, in silence: 1000
  /// in an INT_8 becomes -24. With these changes it reads the stored width, and the value can be
  /// looked at.
  std::vector<ParquetEdit> changes;
  /// With these the engine reads INT96 as INTERVAL, which has the same twelve bytes, as they are:
  /// as the instant that they stand for it bends them (parquet_int96.h). Empty: there is no INT96.
  std::vector<ParquetEdit> int96_as_interval;
  std::vector<ParquetChunk> chunks;  ///< Of each row group, as many as leaves, in their order.
  std::int64_t rows = 0;
  std::size_t leaves = 0;      ///< Columns of values, those within others too.
  std::uint64_t data_end = 0;  ///< Where the footer begins.
};

/// Reads what a Parquet file says of itself (parquet.thrift), and refuses what would hurt whoever
/// believes it: trees deeper or larger than source_limits.h says, sums that do not add up, offsets
/// and sizes that lie outside the file, which has `data_end` bytes before its footer. Errors, all
/// `unprocessable`: `parquet_footer`, `parquet_encrypted`, `parquet_variant`, `nul_byte`; and
/// `too_many_columns` (`too_large`).
Result<ParquetFooter> parse_parquet_footer(std::string_view footer, std::uint64_t data_end);

Error parquet_encrypted();

}  // namespace sluice::ingest
