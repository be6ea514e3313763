#include "ingest/excel/excel_survey.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/ascii.h"
#include "ingest/error_codes.h"
#include "ingest/source_limits.h"

namespace sluice::ingest {
namespace {

/// Rows kept for finding the table.
constexpr std::size_t first_rows_max = 200;
constexpr std::size_t first_rows_bytes_max = sheet_row_bytes_max;
/// From 2^53 on a double stands for several whole numbers.
constexpr double whole_max = 9007199254740992.0;

bool is_whole(double number) {
  const bool signed_zero = number == 0 && std::signbit(number);
  return std::trunc(number) == number && std::fabs(number) < whole_max && !signed_zero;
}

ExcelCell cell_of(std::uint32_t row, std::uint32_t column, const SheetCell& kept) {
  return {row, column, kept.kind, kept.text, kept.number, kept.micros};
}

}  // namespace

void ExcelColumnFacts::observe(const ExcelCell& cell) {
  std::optional<Seen>& first = first_.at(static_cast<std::size_t>(cell.kind));
  if (!first) first = Seen{cell.row, shown(text_of(cell))};
  if (cell.kind == ExcelKind::string) text_.observe(cell.text, cell.row + 1);
  if (cell.kind == ExcelKind::number) whole_ = whole_ && is_whole(cell.number);
}

void ExcelColumnFacts::observe(const ExcelCell& cell, std::size_t column, CellRewrite& rewrite) {
  if (rewrite.idle()) return observe(cell);
  if (rewrite.is_null(column, text_of(cell))) return;
  if (cell.kind != ExcelKind::string) return observe(cell);
  ExcelCell typed = cell;
  typed.text = rewrite.typed(cell.text);
  observe(typed);
}

void ExcelColumnFacts::merge(const ExcelColumnFacts& below) {
  for (std::size_t i = 0; i < first_.size(); ++i) {
    if (!first_[i]) first_[i] = below.first_[i];
  }
  whole_ = whole_ && below.whole_;
  text_.merge(below.text_);
}

bool ExcelColumnFacts::has_only(std::initializer_list<ExcelKind> kinds) const {
  std::size_t seen = 0;
  for (const ExcelKind kind : kinds) seen += first_.at(static_cast<std::size_t>(kind)) ? 1 : 0;
  const auto all = std::count_if(first_.begin(), first_.end(),
                                 [](const std::optional<Seen>& first) { return bool(first); });
  return seen > 0 && static_cast<std::size_t>(all) == seen;
}

const ExcelColumnFacts::Seen* ExcelColumnFacts::odd() const {
  std::vector<const Seen*> seen;
  for (const std::optional<Seen>& first : first_) {
    if (first) seen.push_back(&*first);
  }
  if (seen.size() < 2) return nullptr;
  std::sort(seen.begin(), seen.end(),
            [](const Seen* one, const Seen* other) { return one->row < other->row; });
  return seen[1];
}

ValueType ExcelColumnFacts::type() const {
  using Kind = ValueType::Kind;
  ValueType type;
  if (has_only({ExcelKind::string})) type = text_.type();
  if (has_only({ExcelKind::number})) type.kind = whole_ ? Kind::bigint : Kind::real;
  if (has_only({ExcelKind::boolean})) type.kind = Kind::boolean;
  if (has_only({ExcelKind::datetime, ExcelKind::date})) type.kind = Kind::timestamp;
  if (has_only({ExcelKind::date})) type.kind = Kind::date;
  return type;
}

std::string ExcelColumnFacts::reason() const {
  if (has_only({ExcelKind::string})) return text_.reason();
  if (has_only({ExcelKind::number})) {
    return whole_ ? "every cell is a whole number" : "every cell is a number";
  }
  if (type().kind != ValueType::Kind::text) return "every cell is a " + lowered(sql_of(type()));
  if (const Seen* cell = odd()) {
    return "text: cells of several kinds, as " + cell->text + " in row " +
           std::to_string(cell->row + 1) + " shows";
  }
  const bool none = std::none_of(first_.begin(), first_.end(),
                                 [](const std::optional<Seen>& first) { return bool(first); });
  return none ? "text: no cell has a value" : "text: times and durations as the sheet shows them";
}

/// Texts shared by many cells make a small file a sheet of any size, so cells are counted, not the
/// file's bytes.
Result<void> ExcelSurvey::check_text(const ExcelCell& cell) {
  const std::size_t bytes = cell.text.size();
  if (bytes > cell_bytes_max) {
    return fail(Errc::too_large, Code::excel_cell_too_long,
                "The cell " + name_of(cell) + " has more than " + std::to_string(cell_bytes_max) +
                    " bytes (cell_bytes_max).",
                "Shorten it: Excel itself allows 32,767 characters.");
  }
  if (cell.text.find('\0') != std::string_view::npos) {
    return fail(Errc::unprocessable, Code::nul_byte,
                "The text of the cell " + name_of(cell) + " holds a NUL character.",
                "Take the character out of the cell.");
  }
  if (cell.row != std::exchange(row_, cell.row)) row_bytes_ = 0;
  row_bytes_ += bytes;
  if (row_bytes_ > sheet_row_bytes_max) {
    return fail(Errc::too_large, Code::excel_row_too_long,
                "Row " + std::to_string(cell.row + 1) + " of the sheet has texts of more than " +
                    std::to_string(sheet_row_bytes_max) + " bytes (sheet_row_bytes_max).",
                "Split the row, or leave columns out (cell_range).");
  }
  if (bytes > text_bytes_left_) {
    return fail(Errc::too_large, Code::inflate_ratio_too_high,
                "The sheet's texts are more than " + std::to_string(inflate_ratio_max) +
                    " times as large as the file (inflate_ratio_max).",
                "Save the sheet as CSV and upload that.");
  }
  text_bytes_left_ -= bytes;
  return {};
}

Result<void> ExcelSurvey::look(const ExcelCell& cell) {
  if (!range_.holds(cell)) return {};
  if (!cell.text.empty()) TRY(check_text(cell));
  const std::uint32_t first = std::min(first_column_, cell.column);
  const std::uint32_t last = std::max(last_column_, cell.column);
  if (last - first >= columns_max) {
    return fail(
        Errc::too_large, Code::too_many_columns,
        "The sheet has more than " + std::to_string(columns_max) + " columns (columns_max).",
        "Name the table's cells (cell_range), or split the table.");
  }
  if (!below_.empty() && first < first_column_) {
    below_.insert(below_.begin(), first_column_ - first, ExcelColumnFacts());
  }
  first_column_ = first;
  last_column_ = last;
  const bool room = first_rows_.size() < first_rows_max && first_rows_bytes_ < first_rows_bytes_max;
  if (first_rows_.empty() || cell.row == last_first_row_ || room) {
    // The header's cells are no values: these rows are looked at once it is known.
    first_rows_bytes_ += cell.text.size();
    first_rows_[cell.row][cell.column] = {text_of(cell), cell.kind, cell.number, cell.micros};
    last_first_row_ = cell.row;
    return {};
  }
  observe(below_, cell);
  return {};
}

std::vector<ExcelColumnFacts> ExcelSurvey::facts(std::uint32_t first_data_row) {
  std::vector<ExcelColumnFacts> facts(last_column_ - first_column_ + 1);
  for (auto row = first_rows_.lower_bound(first_data_row); row != first_rows_.end(); ++row) {
    for (const auto& [column, kept] : row->second) {
      observe(facts, cell_of(row->first, column, kept));
    }
  }
  for (std::size_t i = 0; i < below_.size(); ++i) facts[i].merge(below_[i]);
  return facts;
}

void ExcelSurvey::observe(std::vector<ExcelColumnFacts>& facts, const ExcelCell& cell) {
  const std::size_t column = cell.column - first_column_;
  if (column >= facts.size()) facts.resize(column + 1);
  facts[column].observe(cell, column, rewrite_);
}

}  // namespace sluice::ingest
