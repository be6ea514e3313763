#include "ingest/csv/csv_fit.h"

#include <algorithm>
#include <utility>

#include "ingest/source_limits.h"
#include "ingest/structure/cell_look.h"

namespace sluice::ingest {
namespace {

/// Cells that hold another delimiter in every row, and no reason for it.
constexpr double impure_share = -0.3;
/// More cells are better, where all else is the same.
constexpr double per_cell = 0.001;
constexpr std::size_t cells_counted_max = 50;

/// Whether each `delimiter` in the cell has a reason there: a decimal comma, a list in prose.
bool has_reason(std::string_view cell, char delimiter) {
  if (delimiter != ',') return delimiter == '|' && cell.find(" | ") != std::string_view::npos;
  if (look_of(cell) == CellLook::number) return true;
  for (std::size_t i = cell.find(','); i != std::string_view::npos; i = cell.find(',', i + 1)) {
    if (i + 1 < cell.size() && cell[i + 1] != ' ') return false;
  }
  return true;
}

/// The share of columns whose unquoted cells hold one other delimiter in nearly every row.
double impurity(const Fit& fit) {
  double impure = 0;
  for (std::size_t column = 0; column < fit.modal.cells; ++column) {
    for (const char other : usual_delimiters) {
      if (fit.grammar.delimiter.find(other) != std::string::npos) continue;
      std::size_t with = 0;
      std::size_t all = 0;
      for (const SampleRow& row : fit.rows) {
        if (row.cells.size() != fit.modal.cells || row.faulty || row.cells[column].empty())
          continue;
        ++all;
        const std::string& cell = row.cells[column];
        with +=
            !row.quoted[column] && cell.find(other) != std::string::npos && !has_reason(cell, other)
                ? 1
                : 0;
      }
      if (with < 2 || with * 10 < all * 9) continue;
      ++impure;
      break;
    }
  }
  return impure / static_cast<double>(fit.modal.cells);
}

}  // namespace

Fit fit_of(std::string_view text, bool whole, std::size_t skipped, const CsvGrammar& grammar) {
  Fit fit{grammar, sample_rows(text, grammar, dialect_rows_max, whole, skipped), {}, 0, 0};
  fit.modal = modal_of(fit.rows);
  if (fit.modal.rows == 0) return fit;
  fit.share = static_cast<double>(fit.modal.rows) / static_cast<double>(fit.rows.size());
  fit.score =
      fit.share + per_cell * static_cast<double>(std::min(fit.modal.cells, cells_counted_max));
  return fit;
}

Best best_of(std::string_view text, bool whole, std::size_t skipped, CsvGrammar grammar,
             const Delimiters& delimiters) {
  std::vector<Fit> fits;
  const std::string_view start = text.substr(0, sample_bytes_max / 8);
  for (const std::string& delimiter : delimiters) {
    if (delimiters.size() > 1 && start.find(delimiter, skipped) == std::string_view::npos) continue;
    grammar.delimiter = delimiter;
    fits.push_back(fit_of(text, whole, skipped, grammar));
  }
  // Cells are looked into only where more than one delimiter makes rows of one width.
  const auto divides = [](const Fit& fit) { return fit.share > 0.5; };
  if (std::count_if(fits.begin(), fits.end(), divides) > 1) {
    for (Fit& fit : fits) {
      if (divides(fit)) fit.score += impure_share * impurity(fit);
    }
  }
  Best best;
  for (Fit& fit : fits) {
    if (best.fit.rows.empty() || fit.score > best.fit.score) {
      if (best.fit.modal.rows > 0) {
        best.next = best.fit.score;
        best.next_delimiter = best.fit.grammar.delimiter;
      }
      best.fit = std::move(fit);
    } else if (fit.score > best.next) {
      best.next = fit.score;
      best.next_delimiter = fit.grammar.delimiter;
    }
  }
  if (best.fit.rows.empty()) {
    grammar.delimiter = delimiters.front();
    best.fit = fit_of(text, whole, skipped, grammar);
  }
  return best;
}

}  // namespace sluice::ingest
