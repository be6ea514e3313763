#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/csv/csv_grammar.h"

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

/// The number of cells, above one, that most rows have; `rows` says how many do.
struct Modal {
  std::size_t cells = 1;
  std::size_t rows = 0;
};
Modal modal_of(const std::vector<SampleRow>& rows);

/// The delimiter of `,` `;` tab `|` under which the most rows have the same number of cells, above
/// one; then the one with more cells. `,` where none divides.
char find_delimiter(std::string_view text, CsvGrammar grammar, bool whole);
/// CR where the first line ends in a CR without an LF.
char find_line_end(std::string_view text, char quote);

/// The first row is the header unless it plainly is data. One sign: there are columns whose values
/// below are all numbers, dates or booleans, and above each of them the first row's own cell is so
/// too; but years in a run (2019, 2020, …) are headers. The other: at least half of its cells come
/// again below, each in its own column, while the row as a whole does not.
bool first_row_is_header(const std::vector<SampleRow>& rows);

}  // namespace sluice::ingest
