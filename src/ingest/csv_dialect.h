#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::ingest {

/// One cell of a sample row. An unquoted empty cell is NULL; `""` is an empty string.
struct CsvCell {
  std::string text;
  bool quoted = false;
  bool is_null() const { return text.empty() && !quoted; }
};
using CsvRow = std::vector<CsvCell>;

/// What a CSV file's grammar turned out to be.
struct CsvDialect {
  char delimiter = ',';
  bool has_header = true;
};

/// Splits by RFC 4180, forgiving stray quotes (csv_scan.h is the judge of those). Blank lines are
/// skipped unless rows have one cell. A row cut by the end of `text` is left out unless `whole`.
std::vector<CsvRow> split_csv(std::string_view text, char delimiter, std::size_t rows_max,
                              bool whole);

/// The delimiter of `,` `;` tab `|` under which the most rows have the same number of cells, above
/// one; then the one with more cells. `,` where none divides.
char find_delimiter(std::string_view text, bool whole);

/// The first row is the header unless it plainly is data, by one of two signs:
/// - there are columns whose values below are all numbers, dates or booleans, and above every one
/// of them the
///   first row's own cell is so too; years in a run (2019, 2020, …) are still taken for headers;
/// - at least half of its cells come again below, each in its own column, while the row as a whole
/// does not.
bool first_row_is_header(const std::vector<CsvRow>& rows);

}  // namespace sluice::ingest
