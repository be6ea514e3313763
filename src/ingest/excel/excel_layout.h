#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "ingest/excel/excel_reader.h"
#include "ingest/options.h"
#include "ingest/structure/structure_decision.h"
#include "ingest/write/rejects.h"

namespace sluice::ingest {

/// Rows and columns from 0, the last ones included.
struct CellRange {
  std::uint32_t row = 0;
  std::uint32_t column = 0;
  std::uint32_t last_row = UINT32_MAX;
  std::uint32_t last_column = UINT32_MAX;

  bool holds(const ExcelCell& cell) const {
    return cell.row >= row && cell.row <= last_row && cell.column >= column &&
           cell.column <= last_column;
  }
};

/// `B3:F200`, `B3` (from there on), `B:F`; empty: all. Error `cell_range_invalid`.
Result<CellRange> parse_cell_range(const std::string& text);

/// A cell of the first rows, kept for finding the table.
struct SheetCell {
  std::string text;  ///< As `text_of` gives it.
  ExcelKind kind = ExcelKind::string;
  double number = 0;
  std::int64_t micros = 0;
};
using SheetRows = std::map<std::uint32_t, std::map<std::uint32_t, SheetCell>>;

/// Where the table is on its sheet.
struct SheetLayout {
  std::uint32_t first_column = 0;
  std::size_t width = 0;
  std::uint32_t first_data_row = 0;
  std::vector<std::string> headers;  ///< `width`; `column_N` where there is none.
  std::vector<Reject> above_header;
  bool above_header_counts = false;  ///< Toward rejects_max: the place of the header is a guess.
  std::vector<std::string> notes;
  StructureDecision decision;  ///< Of the header.
};

/// From the sheet's first rows and the columns that have cells. `merged` is asked only where the
/// header has gaps. Error `header_line` where the sheet has no such row.
Result<SheetLayout> find_sheet_layout(
    const SheetRows& rows, std::uint32_t first_column, std::uint32_t last_column,
    const IngestOptions& options, const std::function<Result<std::vector<MergedRegion>>()>& merged);

}  // namespace sluice::ingest
