#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include "base/result.h"
#include "ingest/excel/excel_layout.h"
#include "ingest/excel/excel_reader.h"
#include "ingest/write/reject_log.h"

namespace sluice::ingest {

/// The last rows of a sheet that have a text, which the user said are no data (skip_footer). Cells
/// come in ascending order of rows.
class ExcelFooter {
 public:
  /// The last `rows` in `range`.
  ExcelFooter(CellRange range, std::size_t rows) : range_(range), rows_max_(rows) {}

  /// First reading.
  void look(const ExcelCell& cell);
  bool empty() const { return rows_.empty(); }
  /// The range without them.
  CellRange rows_above() const;

  /// Second reading: puts their texts among the rejects, where they do not count.
  Result<void> keep(const ExcelCell& cell, RejectLog& rejects);
  Result<void> close(RejectLog& rejects);

 private:
  CellRange range_;
  std::size_t rows_max_;
  std::deque<std::uint32_t> rows_;  ///< Their numbers from 0, after the first reading.
  std::uint32_t row_ = 0;           ///< The one whose text is being kept.
  bool in_row_ = false;
  std::string raw_;
};

}  // namespace sluice::ingest
