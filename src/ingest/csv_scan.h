#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string_view>

#include "base/result.h"

namespace sluice::ingest {

/// What a whole CSV file holds, found by a reader of our own: the count that DuckDB's must agree
/// with.
struct CsvCount {
  std::size_t columns = 0;
  std::int64_t rows =
      0;  ///< The header included. A blank line is a row only where rows have one cell.
  std::int64_t blank_lines = 0;        ///< Not counted as rows.
  std::int64_t blank_lines_first = 0;  ///< Those before the first row.
  std::size_t row_bytes_max = 0;
};

/// Reads the file once, in constant memory, at several hundred MB/s, and refuses what RFC 4180 does
/// not allow, each with its line: `csv_ragged_row`, `csv_stray_quote`, `csv_unclosed_quote`,
/// `csv_mixed_line_ends`; `too_large` by the limits; `invalid_utf8` and `nul_byte` by byte;
/// `cancelled`.
Result<CsvCount> count_csv(const std::filesystem::path& path, char delimiter, std::stop_token stop);

}  // namespace sluice::ingest
