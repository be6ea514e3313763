#include "ingest/csv/csv_swallowed.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "ingest/structure/cell_look.h"
#include "ingest/structure/header_evidence.h"

namespace sluice::ingest {
namespace {

/// The line behind the first line end in the cell, divided; empty where the cell has one line.
std::vector<std::string_view> second_line(std::string_view cell, const CsvGrammar& grammar) {
  const std::size_t first = cell.find(grammar.line_end);
  if (first == std::string_view::npos) return {};
  cell.remove_prefix(first + 1);
  std::string_view line = cell.substr(0, cell.find(grammar.line_end));
  std::vector<std::string_view> cells;
  for (;;) {
    const std::size_t end = grammar.delimiter.empty() ? line.npos : line.find(grammar.delimiter);
    cells.push_back(line.substr(0, end));
    if (end == std::string_view::npos) return cells;
    line.remove_prefix(end + grammar.delimiter.size());
  }
}

/// What the columns are in the rows that have their number of cells, counted once for all the rows
/// that are asked about.
class Columns {
 public:
  explicit Columns(const Fit& fit) : width_(fit.modal.cells) {
    for (const SampleRow& row : fit.rows) {
      if (!row.faulty && row.cells.size() == width_) usual_.push_back(&row);
    }
  }

  /// In the other rows, the first aside: it is of names more often than not.
  std::vector<CellLook> looks_without(const SampleRow& but) {
    if (columns_.empty()) count();
    const bool is_usual = std::ranges::find(usual_, &but) != usual_.end();
    std::vector<ColumnLook> others = columns_;
    if (is_usual) take_out(but, others);
    if (usual_.size() - (is_usual ? 1 : 0) > 1) {
      take_out(*usual_[usual_.front() == &but ? 1 : 0], others);
    }
    return typed_looks(others);
  }

 private:
  void count() {
    columns_.resize(width_);
    for (const SampleRow* row : usual_) {
      for (std::size_t i = 0; i < width_; ++i) ++count_of(columns_[i], row->cells[i]);
    }
  }
  static void take_out(const SampleRow& row, std::vector<ColumnLook>& columns) {
    for (std::size_t i = 0; i < columns.size(); ++i) --count_of(columns[i], row.cells[i]);
  }
  static std::size_t& count_of(ColumnLook& column, const std::string& cell) {
    return column.count.at(static_cast<std::size_t>(look_of(cell)));
  }

  std::size_t width_;
  std::vector<const SampleRow*> usual_;
  std::vector<ColumnLook> columns_;  ///< Their counts alone.
};

bool is_row_by_looks(const std::vector<std::string_view>& line,
                     const std::vector<CellLook>& typed) {
  std::size_t fitting = 0;
  for (std::size_t i = 0; i < typed.size(); ++i) {
    if (typed[i] == CellLook::text) continue;
    if (look_of(line[i]) != typed[i]) return false;
    ++fitting;
  }
  return fitting > 0;
}

template <typename Check>
const SampleRow* find_row(const Fit& fit, const Check& check) {
  if (fit.modal.cells < 2) return nullptr;
  for (const SampleRow& row : fit.rows) {
    if (row.faulty) continue;
    for (const std::string& cell : row.cells) {
      const auto line = second_line(cell, fit.grammar);
      if (line.size() == fit.modal.cells && check(row, line)) return &row;
    }
  }
  return nullptr;
}

}  // namespace

bool has_lines_as_wide(const Fit& fit) {
  return find_row(fit, [](const auto&, const auto&) { return true; }) != nullptr;
}

std::optional<std::uint64_t> line_that_swallows(const Fit& fit) {
  Columns columns(fit);
  const SampleRow* found = find_row(fit, [&columns](const SampleRow& row, const auto& line) {
    return is_row_by_looks(line, columns.looks_without(row));
  });
  return found == nullptr ? std::nullopt : std::optional(found->line);
}

}  // namespace sluice::ingest
