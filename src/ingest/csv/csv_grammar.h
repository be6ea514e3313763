#pragma once

namespace sluice::ingest {

/// How a CSV file's bytes divide into rows and cells: RFC 4180 with other characters.
///
/// A row ends at `line_end` outside quotes; a CR before an LF belongs to the end. A quote opens a
/// quoted cell only as its first byte; a doubled one inside stands for itself; after the closing
/// one only a delimiter or the end of the row may come. A quote anywhere else, or one that is never
/// closed, is a fault: the physical line in which that row began is rejected, and reading goes on
/// with the next line.
struct CsvGrammar {
  char delimiter = ',';
  char quote = '"';      ///< 0: there are no quoted cells.
  char line_end = '\n';  ///< Or CR, where the file knows no LF.
};

}  // namespace sluice::ingest
