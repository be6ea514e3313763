#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ingest/csv/csv_grammar.h"
#include "ingest/write/rejects.h"

namespace sluice::ingest {

/// A cell of a row being read; lives until the next row.
struct CsvCell {
  std::string_view text;  ///< Without quotes.
  bool quoted = false;
  /// An unquoted empty cell is NULL; `""` is an empty string.
  bool is_null() const { return text.empty() && !quoted; }
};

/// Takes rows as they are read.
class CsvRowSink {
 public:
  virtual ~CsvRowSink() = default;
  /// `cells` has just the width asked for. False ends the reading.
  virtual bool row(const std::vector<CsvCell>& cells, std::uint64_t line, std::string_view raw) = 0;
  /// A row whose last cells were missing: they are there as NULL. False ends the reading.
  virtual bool short_row(const std::vector<CsvCell>& cells, std::uint64_t line,
                         std::string_view raw) {
    return row(cells, line, raw);
  }
  /// A row that does not fit. False ends the reading.
  virtual bool reject(Reject reject) = 0;
};

/// Reads whole rows from memory. Of no state but scratch: use one per thread.
class CsvRowReader {
 public:
  /// `width` 0: of any width. A blank line is no row where rows have more than one cell. A row of
  /// fewer cells than `width`, but at least `least_cells`, gets the missing ones as NULL; 0: no row
  /// does.
  CsvRowReader(CsvGrammar grammar, std::size_t width, std::size_t least_cells = 0);
  CsvRowReader(const CsvRowReader&) = delete;
  CsvRowReader& operator=(const CsvRowReader&) = delete;

  /// `line` is that of the first byte. Errors: `too_large` by cell_bytes_max.
  Result<void> read(std::string_view text, std::uint64_t line, CsvRowSink& sink);
  std::int64_t blank_lines() const { return blank_lines_; }

 private:
  enum class Fault { none, stray_quote, unclosed_quote, text_at_start, text_behind_end };

  static Reject reject_of(Fault fault, std::uint64_t line, std::string_view raw);
  Fault read_row(std::string_view text);
  template <bool is_long>
  Fault read_cells(std::string_view text);
  Fault read_columns(std::string_view text);
  Fault read_quoted(std::string_view text);
  void add_cell(std::string_view cell, bool quoted);
  bool is_blank_line() const;
  std::size_t find_long_delimiter(std::string_view text, std::size_t at) const;
  std::string_view unescaped(std::string_view cell);
  bool opens_quotes(std::string_view text);
  bool give(std::uint64_t line, std::string_view raw, CsvRowSink& sink);

  CsvGrammar grammar_;
  char delimiter_;                   ///< Its first byte,
  std::string_view delimiter_rest_;  ///< and what stands behind it.
  std::size_t width_;
  std::size_t least_cells_;
  std::int64_t blank_lines_ = 0;
  std::size_t at_ = 0;
  std::size_t row_start_ = 0;
  std::size_t cell_count_ = 0;  ///< May be above what `cells_` keeps.
  bool too_long_ = false;
  std::vector<CsvCell> cells_;
  std::deque<std::string> unescaped_;  ///< Cells that hold quotes; kept for their memory.
  std::size_t unescaped_count_ = 0;
  std::uint64_t inner_lines_ = 0;  ///< Line ends within the row's quoted cells.
};

}  // namespace sluice::ingest
