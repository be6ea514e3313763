#include "ingest/structure/start_stability.h"

#include <algorithm>

#include "ingest/structure/start_readings.h"

namespace sluice::ingest {
namespace {

/// Of more rows no single one turns the decision, unless it stands near the top.
constexpr std::size_t rows_of_few = 24;
constexpr std::size_t rows_at_the_top = 8;
/// One cell is worth no more points (a name above numbers against a number there, and what numbers
/// beside it then make of each other).
constexpr double one_cell_max = 8;

/// Bounds the cells that are looked at.
class Looks {
 public:
  explicit Looks(std::size_t cells_each) : cells_each_(cells_each) {}
  bool take() {
    if (left_ < cells_each_) return false;
    left_ -= cells_each_;
    return true;
  }

 private:
  std::size_t cells_each_;
  std::size_t left_ = cells_left_out_max;
};

bool is_same(const TableStart& one, const TableStart& other) {
  return one.first == other.first && one.names == other.names && one.notes == other.notes &&
         one.width == other.width && one.shift == other.shift;
}

bool turns_without_row(const std::vector<TableRow>& rows, const StartQuestion& question,
                       const TableStart& best, std::size_t left_out) {
  std::vector<TableRow> others = rows;
  others.erase(others.begin() + static_cast<std::ptrdiff_t>(left_out));
  TableStart expected = best;
  if (left_out < best.first) --expected.first;
  return !is_same(compare_readings(others, question).best, expected);
}

bool turns_without_column(const std::vector<TableRow>& rows, StartQuestion question,
                          const TableStart& best, std::size_t left_out) {
  std::vector<TableRow> others = rows;
  for (TableRow& row : others) {
    if (left_out >= row.cells.size()) continue;
    row.cells.erase(row.cells.begin() + static_cast<std::ptrdiff_t>(left_out));
  }
  for (std::size_t& width : question.widths) width -= width > left_out ? 1 : 0;
  TableStart expected = best;
  --expected.width;
  return !is_same(compare_readings(others, question).best, expected);
}

}  // namespace

bool hangs_on_one(const std::vector<TableRow>& rows, const StartQuestion& question,
                  const StartDecision& decision) {
  if (question.first || question.has_names || rows.size() < 2) return false;
  const TableStart& best = decision.best;
  const bool is_far = decision.margin() >= one_cell_max;
  Looks looks(rows.size() * best.width);
  for (std::size_t i = 0; i < best.width && best.width > 1 && !is_far && looks.take(); ++i) {
    if (turns_without_column(rows, question, best, i)) return true;
  }
  if (is_far && rows.size() > rows_of_few) return false;
  const std::size_t last = rows.size() > rows_of_few ? best.body() + rows_at_the_top : rows.size();
  for (std::size_t i = 0; i < std::min(last, rows.size()) && looks.take(); ++i) {
    const bool is_of_names = i >= best.first && i < best.body();
    if (!is_of_names && turns_without_row(rows, question, best, i)) return true;
  }
  return false;
}

}  // namespace sluice::ingest
