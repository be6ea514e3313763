#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ingest/csv/csv_grammar.h"
#include "ingest/ingest.h"
#include "ingest/write/rejects.h"

namespace sluice::ingest {

/// A row of the start of a file, for finding out what kind of file it is.
struct SampleRow {
  std::vector<std::string> cells;
  std::vector<bool> null;  ///< Unquoted and empty.
  std::uint64_t line = 1;
  std::size_t begin = 0;  ///< In the sample.
  std::size_t end = 0;    ///< Behind its line end.
  bool faulty = false;    ///< Its quotes are wrong: `cells` is empty.
};

/// The first rows. A last row that the sample may have cut is left out unless `whole`.
std::vector<SampleRow> sample_rows(std::string_view text, CsvGrammar grammar, std::size_t rows_max,
                                   bool whole);

/// The delimiter of `,` `;` tab `|` under which the most rows have the same number of cells, above
/// one; then the one with more cells. `,` where none divides.
char find_delimiter(std::string_view text, CsvGrammar grammar, bool whole);
/// CR where the first line ends in a CR without an LF.
char find_line_end(std::string_view text, char quote);

/// The first row is the header unless it plainly is data, by one of two signs:
/// - there are columns whose values below are all numbers, dates or booleans, and above every one
/// of them
///   the first row's own cell is so too; years in a run (2019, 2020, …) are still taken for
///   headers;
/// - at least half of its cells come again below, each in its own column, while the row as a whole
/// does not.
bool first_row_is_header(const std::vector<SampleRow>& rows);

/// What a CSV file turned out to be.
struct CsvLayout {
  CsvGrammar grammar;
  std::size_t width = 0;
  bool has_header = true;
  std::vector<std::string> headers;  ///< `width` of them; `column_N` where there is no header.
  std::uint64_t data_offset = 0;     ///< In the sample's file: the first byte after the header.
  std::uint64_t data_line = 1;
  std::vector<Reject> above_header;  ///< Rows before the header: titles, notes.
  std::vector<std::string> notes;
};

/// From the file's first bytes (without a byte order mark) and what the user says. Errors:
/// `no_columns`, `too_many_columns`, `csv_header_mismatch`, `csv_header_too_long`.
Result<CsvLayout> find_layout(std::string_view text, bool whole, const IngestOptions& options);

}  // namespace sluice::ingest
