#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ingest/options.h"
#include "ingest/write/column_builder.h"

namespace sluice::ingest {

/// The user's word on how cells are written: decimal mark, date format, null tokens. One per
/// thread.
class CellRewrite {
 public:
  /// `options` must outlive it. `headers`: of the columns that are known already.
  explicit CellRewrite(const IngestOptions& options, const std::vector<std::string>& headers = {});

  /// The next column's header.
  void add_column(std::string_view header);

  /// Nothing was said: cells are as they are.
  bool idle() const { return idle_; }
  /// Of a column whose header is not known only what holds for all columns.
  bool is_null(std::size_t column, std::string_view cell) const;
  /// The cell as types are written (`1,5` → `1.5`, `31/01/2024` → `2024-01-31`), or as it is. Where
  /// the comma is the decimal mark, `1.250` is no value of any type: its point divides thousands,
  /// which silver reads. The view lives until the next call.
  std::string_view typed(std::string_view cell);

 private:
  bool rewrite_number(std::string_view cell);
  bool rewrite_date(std::string_view cell);

  const IngestOptions& options_;
  bool idle_;
  /// By column; empty where no column has tokens of its own.
  std::vector<const std::vector<std::string>*> null_tokens_;
  std::string text_;
};

/// Appends a cell to a column whose type the user gave: also in forms that the type does not print
/// back (`+7`, `007`, ` 1`, `1.5` as DECIMAL(9,2), `Yes`, a timestamp with T or a zone). False
/// where the cell is no value of the type, or would lose digits; a DOUBLE is the nearest one.
bool append_as(ColumnBuilder& column, std::string_view cell);

}  // namespace sluice::ingest
