#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "ingest/cells/cell_rewrite.h"
#include "ingest/cells/type_guess.h"
#include "ingest/cells/value_type.h"
#include "ingest/excel/excel_layout.h"
#include "ingest/excel/excel_reader.h"

namespace sluice::ingest {

/// What the cells of one column are. A number stays the double that it is in the file: there is no
/// text to print back, so whole ones are BIGINT and others DOUBLE.
class ExcelColumnFacts {
 public:
  void observe(const ExcelCell& cell);
  /// The same by the user's word on how cells are written.
  void observe(const ExcelCell& cell, std::size_t column, CellRewrite& rewrite);
  /// What the rows further below showed.
  void merge(const ExcelColumnFacts& below);

  ValueType type() const;
  /// For `Column::reason`.
  std::string reason() const;

 private:
  struct Seen {
    std::uint32_t row = 0;
    std::string text;
  };
  static constexpr std::size_t kind_count = 9;

  bool has_only(std::initializer_list<ExcelKind> kinds) const;
  /// The first cell that is of another kind than those before it.
  const Seen* odd() const;

  std::array<std::optional<Seen>, kind_count> first_;  ///< By kind.
  bool whole_ = true;
  TypeGuess text_{CellRule::json_string};
};

/// The first reading of a sheet: its first rows, its width, and the facts of its columns, before it
/// is known where on the sheet the table stands. Threads: one at a time.
class ExcelSurvey {
 public:
  /// `options` must outlive it. `text_bytes_max`: of all cells.
  ExcelSurvey(CellRange range, const IngestOptions& options, std::uint64_t text_bytes_max)
      : range_(range), rewrite_(options), text_bytes_left_(text_bytes_max) {}

  /// Cells in ascending order of rows. Errors: `nul_byte`; `too_large`, with the limit's name.
  Result<void> look(const ExcelCell& cell);

  const CellRange& range() const { return range_; }
  bool empty() const { return first_rows_.empty(); }
  const SheetRows& first_rows() const { return first_rows_; }
  std::uint32_t first_column() const { return first_column_; }
  std::uint32_t last_column() const { return last_column_; }

  /// The facts of the columns over the rows from `first_data_row` on, which is at most the one
  /// after the last of `first_rows`.
  std::vector<ExcelColumnFacts> facts(std::uint32_t first_data_row);

 private:
  Result<void> check_text(const ExcelCell& cell);
  void observe(std::vector<ExcelColumnFacts>& facts, const ExcelCell& cell);

  CellRange range_;
  CellRewrite rewrite_;
  SheetRows first_rows_;
  std::uint32_t last_first_row_ = 0;
  std::size_t first_rows_bytes_ = 0;
  std::uint64_t text_bytes_left_;
  std::uint32_t row_ = 0;
  std::size_t row_bytes_ = 0;
  std::uint32_t first_column_ = UINT32_MAX;
  std::uint32_t last_column_ = 0;
  std::vector<ExcelColumnFacts> below_;  ///< Of the rows below the first; from `first_column_` on.
};

}  // namespace sluice::ingest
