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
  std::vector<bool> quoted;
  std::uint64_t line = 1;
  std::size_t begin = 0;  ///< In the sample.
  std::size_t end = 0;    ///< Behind its line end.
  bool faulty = false;    ///< Its quotes are wrong: `cells` is the line as it came.
};

/// The first rows behind the `skipped` bytes of the first line, which is none. A last row that the
/// sample may have cut is left out unless `whole`.
std::vector<SampleRow> sample_rows(std::string_view text, const CsvGrammar& grammar,
                                   std::size_t rows_max, bool whole, std::size_t skipped = 0);

/// The number of cells, above one, that most rows have; `rows` says how many do.
struct Modal {
  std::size_t cells = 1;
  std::size_t rows = 0;
};
Modal modal_of(const std::vector<SampleRow>& rows);

/// The text without its last `count` lines that are not blank, but with the first.
std::string_view without_last_lines(std::string_view text, std::size_t count);

/// CR where more lines of the start end in a CR without an LF than with one; on a tie as the first.
char find_line_end(std::string_view text, char quote);

}  // namespace sluice::ingest
