#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <boost/container/vector.hpp>

#include "base/result.h"
#include "ingest/bytes/source_file.h"
#include "ingest/csv/csv_grammar.h"

namespace sluice::ingest {

/// Whole rows of a CSV file.
struct CsvPiece {
  std::uint64_t number = 0;  ///< 0, 1, … in the order of the file.
  boost::container::vector<char> bytes;
  std::uint64_t offset = 0;  ///< Of `bytes` in the file.
  std::uint64_t line = 1;    ///< Of the first row; from 1.

  std::string_view text() const { return {bytes.data(), bytes.size()}; }
};

/// Cuts a CSV file at ends of rows, so that pieces can be parsed side by side. Looks only at quotes
/// and line ends: several GB/s. One thread at a time. The file must outlive it.
class CsvSplitter {
 public:
  /// Starts at `offset`, the first byte of line `line`. Where the file `is_cut`, the row that it
  /// ends in is left out.
  CsvSplitter(const SourceFile& file, CsvGrammar grammar, std::uint64_t offset, std::uint64_t line,
              std::size_t piece_bytes, bool is_cut = false);

  /// False at the end of the file. The memory of the piece that was there is used again. Error
  /// `csv_row_too_long` (`too_large`).
  Result<bool> next(CsvPiece& piece);

 private:
  Result<void> read_more();
  bool scan();
  bool opens_quotes(std::size_t quote);
  bool leave_quotes();
  bool skip_faulty_line();

  const SourceFile& file_;
  CsvGrammar grammar_;
  std::size_t piece_bytes_;
  bool is_cut_;
  std::uint64_t number_ = 0;
  std::uint64_t offset_;  ///< Of buffer_.
  std::uint64_t line_;
  /// Begins with a row. Of Boost, because a std::string would zero what is about to be read.
  boost::container::vector<char> buffer_;
  bool at_end_ = false;
  std::size_t at_ = 0;         ///< Looked at up to here.
  std::size_t row_start_ = 0;  ///< Of the row that at_ is in.
  bool in_quotes_ = false;
  std::size_t cell_start_ = 0;  ///< Behind the quote that opened the cell.
  /// Where a cell begins or a quoted one ended, for delimiters of several bytes: which bytes of
  /// `a|||"b"` are one is told from the left.
  std::size_t known_ = 0;
  /// A piece goes on to here, or its reader would take text behind a quote for one never closed.
  std::size_t evidence_end_ = 0;
  std::size_t fault_end_ = 0;  ///< The same for the row that at_ is in.
  bool in_fault_ = false;      ///< The row's first line is rejected; its end was not there yet.
};

}  // namespace sluice::ingest
