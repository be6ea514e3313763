#include "ingest/excel/excel_footer.h"

#include <utility>

namespace sluice::ingest {

void ExcelFooter::look(const ExcelCell& cell) {
  const bool has_text = cell.kind != ExcelKind::string || !cell.text.empty();
  if (rows_max_ == 0 || !range_.holds(cell) || !has_text) return;
  if (!rows_.empty() && rows_.back() == cell.row) return;
  rows_.push_back(cell.row);
  if (rows_.size() > rows_max_) rows_.pop_front();
}

CellRange ExcelFooter::rows_above() const {
  CellRange above = range_;
  if (rows_.front() > 0) {
    above.last_row = rows_.front() - 1;
  } else {
    above.row = UINT32_MAX;  // None are left.
  }
  return above;
}

Result<void> ExcelFooter::keep(const ExcelCell& cell, RejectLog& rejects) {
  if (rows_.empty() || cell.row < rows_.front() || !range_.holds(cell)) return {};
  if (cell.row != row_) TRY(close(rejects));
  row_ = cell.row;
  raw_ += (in_row_ ? "\t" : "") + text_of(cell);
  in_row_ = true;
  return {};
}

Result<void> ExcelFooter::close(RejectLog& rejects) {
  if (!std::exchange(in_row_, false)) return {};
  std::string raw = std::exchange(raw_, {});
  if (raw.find_first_not_of("\t ") == std::string::npos) return {};
  return rejects.add(
      row_,
      {{row_ + 1, "footer", "The row is one of the last, which are no data.", std::move(raw)}},
      false);
}

}  // namespace sluice::ingest
