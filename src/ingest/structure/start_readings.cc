#include "ingest/structure/start_readings.h"

#include <algorithm>

#include "base/ascii.h"
#include "ingest/structure/column_notes.h"
#include "ingest/structure/header_evidence.h"

namespace sluice::ingest {
namespace {

/// Titles, notes and facts above a table take no more rows.
constexpr std::size_t rows_above_max = 30;
/// Rows × columns of all readings of rows above, for tables of thousands of columns.
constexpr std::size_t cells_above_max = 40'000;

// Points, on the scale of header_evidence.cc.
constexpr double header_before_all = 1;  ///< Most tables have a header.
constexpr double two_rows_before_all = 0.5;
constexpr double row_names_before_all = 3;  ///< That the one name that is missing is the first.
constexpr double row_above = -0.4;          ///< A row that would be left out,
constexpr double cell_above = -0.15;        ///< and each of its cells;
constexpr double data_row_above = -3;       ///< it looks like the rows of the table;
constexpr double header_row_above = -1.5;   ///< or like a header of its own.
constexpr double rows_above_least = -6;     ///< A long preamble is no less one.
constexpr double text_among_typed = -2;     ///< A row of text in columns of numbers.
constexpr std::size_t top_rows = 12;
constexpr double lone_title = -3;  ///< One cell where the table has three and more.
constexpr double names_in_two_rows = 1.5;
constexpr double column_notes = 1.5;  ///< Two rows below the names are known as such.
constexpr double wide_row = -1;
constexpr double rows_of_other_width = -6;  ///< If all were; ones that end early count half.
constexpr double blank_line_before = 0.5;

bool is_text_or_year(const TableCell& cell) {
  return cell.look == CellLook::text || cell.look == CellLook::nothing || cell.said_text ||
         (cell.look == CellLook::number && cell.text.size() == 4);
}

bool all_names(const TableRow& row) {
  return std::all_of(row.cells.begin(), row.cells.end(), [](const TableCell& cell) {
    return cell.look == CellLook::empty || is_text_or_year(cell);
  });
}

/// Units or a second half of the names under a full row of names.
bool is_second_half(const TableRow& upper, const TableRow& lower,
                    const std::vector<CellLook>& below) {
  if (!all_names(upper) || !all_names(lower)) return false;
  if (upper.filled() < below.size()) return false;
  const TypedCells typed = typed_cells(lower, below);
  const bool short_texts = std::all_of(lower.cells.begin(), lower.cells.end(),
                                       [](const auto& cell) { return cell.text.size() <= 24; });
  bool same = true;
  for (std::size_t i = 0; i < std::min(upper.cells.size(), lower.cells.size()); ++i) {
    same = same && upper.cells[i].text == lower.cells[i].text;
  }
  return typed.text >= 2 && typed.typed == 0 && typed.text * 4 >= typed.columns * 3 &&
         short_texts && !same;
}

/// The readings of one width, from the lowest row on, so that columns are looked at once.
class Readings {
 public:
  Readings(const std::vector<TableRow>& rows, const StartQuestion& question, std::size_t width)
      : rows_(rows), question_(question), width_(width) {}

  void compare(StartDecision& decision) {
    const std::size_t most =
        std::max<std::size_t>(2, std::min(rows_above_max, cells_above_max / (width_ * 16)));
    const std::size_t last = question_.first ? *question_.first : std::min(rows_.size() - 1, most);
    const std::size_t body_last = std::min(rows_.size(), last + 1 + column_notes_rows);
    below_ = look_at_columns(rows_, body_last, width_);
    count_widths(body_last);
    for (std::size_t body = body_last + 1; body-- > 0;) {
      if (body < body_last) add(body);
      typed_ = typed_looks(below_);
      for (std::size_t names = 0; names <= std::min<std::size_t>(2, body); ++names) {
        const std::size_t first = body - names;
        if (first > last || !allowed(first, names)) continue;
        consider(first, names, 0, decision);
      }
      if (body > column_notes_rows) consider_notes(body - column_notes_rows - 1, last, decision);
    }
  }

 private:
  void count_row(const TableRow& row) {
    if (row.cells.size() == width_) return;
    misfits_ += row.cells.empty() || row.cells.size() > width_ || row.cells.size() == 1 ? 1 : 0.5;
  }
  void count_widths(std::size_t first) {
    for (std::size_t i = first; i < rows_.size(); ++i) count_row(rows_[i]);
  }
  void add(std::size_t index) {
    const TableRow& row = rows_[index];
    count_row(row);
    if (row.cells.size() > width_) return;
    for (std::size_t i = 0; i < row.cells.size(); ++i) below_[i].add(row.cells[i]);
  }

  bool allowed(std::size_t first, std::size_t names) const {
    if (first >= rows_.size() || rows_[first].cells.empty()) return false;
    if (question_.first && first != *question_.first) return false;
    if (question_.has_names && *question_.has_names != (names > 0)) return false;
    if (question_.rows_of_names && names != *question_.rows_of_names) return false;
    const std::size_t cells = rows_[first].cells.size();
    const bool given = question_.first || question_.rows_of_names;
    if (names == 0) return cells == width_ || given;
    // Names may be too few for most rows, but one cell over many columns is a title.
    const bool may_be_narrow = cells > 1 && rows_.size() > 1 && width_ == question_.widths.front();
    if (names == 1) return cells >= width_ || may_be_narrow || given;
    if (question_.rows_of_names) return first + 2 <= rows_.size();
    return first + 2 < rows_.size() && rows_[first + 1].cells.size() == width_ &&
           (is_row_of_groups(rows_[first], rows_[first + 1]) ||
            is_second_half(rows_[first], rows_[first + 1], typed_));
  }

  double above(std::size_t first) const {
    double lost = 0;
    double sum = 0;
    for (std::size_t i = 0; i < first; ++i) {
      const TableRow& row = rows_[i];
      const std::size_t filled = row.filled();
      sum += row_above + cell_above * static_cast<double>(filled);
      const TypedCells typed = typed_cells(row, typed_);
      if (filled * 2 > width_ && typed.typed > 0 && typed.text == 0) {
        lost += data_row_above;
      } else if (filled > 1 && filled == row.cells.size() && all_names(row) &&
                 row.cells[0].text.back() != ':') {
        lost += header_row_above;
      }
    }
    return std::max(sum, rows_above_least) + lost;
  }

  /// Rows right below the names that are none of values, as the columns have them further down.
  double text_at_the_top(std::size_t body) const {
    double sum = 0;
    for (std::size_t i = body; i < std::min(rows_.size(), body + top_rows); ++i) {
      const TypedCells typed = typed_cells(rows_[i], typed_);
      if (typed.columns == 0 || typed.typed > typed.text) break;
      sum += typed.text > typed.typed ? text_among_typed : text_among_typed / 2;
    }
    return sum;
  }

  /// Names that come again now and then, as where files were joined. What comes oftener is a value.
  bool comes_again(const TableRow& names) const {
    const auto same = [&names](const TableRow& other) {
      return &other != &names &&
             std::ranges::equal(other.cells, names.cells, {}, &TableCell::text, &TableCell::text);
    };
    const auto count = static_cast<std::size_t>(std::count_if(rows_.begin(), rows_.end(), same));
    return count == 1 || (count > 0 && count * 5 <= rows_.size());
  }

  /// One row of names, and two that tell of the columns. Of values there have to be more rows than
  /// of what is then left out, for a row of numbers may be the last of a table of text.
  void consider_notes(std::size_t first, std::size_t last, StartDecision& decision) const {
    const std::size_t body = first + 1 + column_notes_rows;
    if (first > last || rows_.size() < body + first + 2) return;
    if (question_.rows_of_names || !allowed(first, 1)) return;
    if (!are_column_notes(rows_[first], rows_[first + 1], rows_[first + 2], typed_)) return;
    consider(first, 1, column_notes_rows, decision);
  }

  void consider(std::size_t first, std::size_t names, std::size_t notes,
                StartDecision& decision) const {
    TableStart start{first, names, width_, 0, 0, notes};
    const TableRow& row = rows_[first];
    if (names > 0) {
      const TableRow& last = rows_[first + names - 1];
      const bool again = comes_again(last);
      double evidence = header_evidence(last, below_, again);
      if (last.cells.size() + 1 == width_ && shifts(last, evidence)) start.shift = 1;
      start.score += evidence + (names == 1 ? header_before_all : two_rows_before_all);
      if (names == 2) start.score += names_in_two_rows;
      if (notes > 0) start.score += column_notes;
      if (names == 1 && width_ > 2 && row.filled() == 1) start.score += lone_title;
      if (row.cells.size() > width_) start.score += wide_row;
      if (row.filled() == 0) start.score += lone_title;
    }
    start.score += text_at_the_top(start.body());
    start.score += rows_of_other_width * misfits_ / static_cast<double>(rows_.size());
    start.score += above(first);
    if (first > 0 && row.line > rows_[first - 1].line + 1) start.score += blank_line_before;
    take(start, decision);
  }

  /// R leaves out the name of its row names, which stand first; other programs end each row with a
  /// delimiter.
  bool shifts(const TableRow& names, double& evidence) const {
    if (below_.back().valued() == 0) return false;
    const auto as_wide = [&](const TableRow& row) {
      return &row != &names && row.cells.size() == names.cells.size();
    };
    if (std::count_if(rows_.begin(), rows_.end(), as_wide) > 0) return false;
    const double shifted = header_evidence(names, below_, false, 1);
    if (shifted + row_names_before_all < evidence) return false;
    evidence = shifted;
    return true;
  }

  static void take(const TableStart& start, StartDecision& decision) {
    if (!decision.next || start.score > decision.next->score) decision.next = start;
    if (decision.next->score > decision.best.score) std::swap(*decision.next, decision.best);
  }

  const std::vector<TableRow>& rows_;
  const StartQuestion& question_;
  std::size_t width_;
  std::vector<ColumnLook> below_;  ///< Over the rows of the table below its names.
  std::vector<CellLook> typed_;    ///< What they are.
  double misfits_ = 0;
};

}  // namespace

bool is_row_of_groups(const TableRow& upper, const TableRow& lower) {
  if (!all_names(upper) || upper.cells.size() > lower.cells.size()) return false;
  std::size_t groups = 0;
  bool gap = true;
  for (std::size_t i = 0; i < upper.cells.size(); ++i) {
    if (upper.cells[i].look == CellLook::empty) {
      gap = true;
      continue;
    }
    // The first column's name may stand beside a group.
    if (!gap && groups > 0) return false;
    if (i > 0 && lower.cells[i].look == CellLook::empty) return false;
    if (i > 0) ++groups;
    gap = false;
  }
  const std::size_t filled = upper.filled();
  return groups >= 2 && filled * 4 <= lower.cells.size() * 3;
}

StartDecision compare_readings(const std::vector<TableRow>& rows, const StartQuestion& question) {
  constexpr double never = -1e9;
  StartDecision decision;
  decision.best.score = never;
  decision.best.width = question.widths.empty() ? 1 : question.widths.front();
  for (const std::size_t width : question.widths) {
    Readings(rows, question, width).compare(decision);
  }
  if (decision.next && decision.next->score == never) decision.next.reset();
  return decision;
}

}  // namespace sluice::ingest
