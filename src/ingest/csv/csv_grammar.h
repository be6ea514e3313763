#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace sluice::ingest {

/// How a CSV file's bytes divide into rows and cells: RFC 4180 with other characters.
///
/// A row ends at `line_end` outside quotes; CRs before an LF belong to the end. A quote opens a
/// quoted cell only as its first byte; a doubled one inside stands for itself; after the closing
/// one only a delimiter or the end of the row may come. Within a cell without quotes a quote is
/// text, as spreadsheets and Python have it (`Board 6" wide`). Text behind a closing quote, or a
/// quote that is never closed, is a fault: the physical line in which that row began is rejected,
/// and reading goes on with the next line.
///
/// A cell without quotes ends at the first delimiter in it: of `a|||b` and `||` the second cell is
/// `|b`.
struct CsvGrammar {
  std::string delimiter = ",";  ///< Of one byte or a few.
  char quote = '"';             ///< 0: there are no quoted cells.
  char line_end = '\n';         ///< Or CR, where the file knows no LF.
  /// In quoted cells, before a quote or itself: the two stand for the second. 0: none.
  char escape = 0;
  /// Blanks between a delimiter and an opening quote belong to the delimiter.
  bool blanks_before_quote = false;
  /// Where there are any, no delimiter divides the lines, nor are there quotes: columns begin at
  /// these places, in characters, the first at 0. Spaces around a cell are padding; a line may end
  /// early.
  std::vector<std::size_t> starts = {};
  /// Text from this character on is a fault. 0: the last column goes to the end of the line.
  std::size_t line_chars_max = 0;
  /// The character before a start is a space, or the line is at fault.
  bool spaces_before_starts = false;
};

/// Whether the quote at `quote`, within quotes that were opened just before `start`, is escaped: an
/// odd number of escapes stands before it.
inline bool is_escaped(const char* text, std::size_t start, std::size_t quote, char escape) {
  std::size_t at = quote;
  while (at > start && text[at - 1] == escape) --at;
  return (quote - at) % 2 == 1;
}

}  // namespace sluice::ingest
