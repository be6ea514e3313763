#include "ingest/structure/header_evidence.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/ascii.h"

namespace sluice::ingest {
namespace {

/// Points: how much likelier a header is than a row of values where this is seen, as a logarithm.
/// They were set by hand and proven on testdata/structure.json; what decides is their order.
constexpr double name_over_values = 3;    ///< Text above numbers, or said to be text.
constexpr double value_over_values = -3;  ///< A number above numbers.
constexpr double sequence_of_names = 2;   ///< … which with its neighbours counts up: 2019, 2020.
/// Of all together where they may be so: data, but near enough a header.
constexpr double perhaps_a_sequence = -1.65;
constexpr double date_over_numbers = 2;
constexpr double unit_over_numbers = 0.5;  ///< `10%` above `5`.
constexpr double comes_again = -2;         ///< The text stands below too, in its own column.
constexpr double same_form = -2;           ///< `10%` above `20%`.
constexpr double other_form = 2;           ///< `Code` above `A01`, `A02`.
constexpr double alone_among_repeated =
    1.5;  ///< A text that never comes again, in a column of few.
constexpr double text_over_text = 0.3;
constexpr double no_name = -0.3;
constexpr double number_over_text = -0.5;
constexpr double value_over_none = -1.5;
constexpr double name_twice = -0.5;

std::size_t at(CellLook look) { return static_cast<std::size_t>(look); }

bool is_typed(CellLook look) {
  return look == CellLook::number || look == CellLook::date || look == CellLook::time ||
         look == CellLook::boolean;
}

std::optional<int> whole_of(std::string_view text) {
  text = trimmed_blanks(text);
  int value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || text.size() > 6 || parsed.ptr != text.data() + text.size()) return {};
  return value;
}

/// Of the values, nearly all.
bool are_most(std::size_t some, std::size_t values) {
  return values > 1 && some * 10 >= values * 8;
}

bool is_year(std::string_view text) {
  const std::optional<int> value = whole_of(text);
  return value && *value >= 1800 && *value <= 2100;
}

double text_evidence(std::string_view text, const ColumnLook& below) {
  const auto again = below.values.find(trimmed_blanks(text));
  if (again != below.values.end()) return comes_again;
  const std::size_t values = below.valued();
  const std::string form = form_of(text);
  const bool digits = form.find('9') != std::string::npos;
  const auto most = std::max_element(
      below.forms.begin(), below.forms.end(),
      [](const auto& one, const auto& other) { return one.second < other.second; });
  if (most != below.forms.end() && most->first.find('9') != std::string::npos &&
      are_most(most->second, values)) {
    return form == most->first ? same_form : other_form;
  }
  for (const auto& [shape, count] : below.shapes) {
    if (are_most(count, values)) return shape_of(text) == shape ? same_form : other_form;
  }
  if (const auto same = below.forms.find(form);
      digits && same != below.forms.end() && same->second * 2 >= values) {
    return same_form;
  }
  // Of twenty cells three towns, and the first cell is none of them.
  if (values >= 4 && below.values.size() * 2 <= values) return alone_among_repeated;
  return text_over_text;
}

double cell_evidence(const TableCell& cell, const ColumnLook& below) {
  const CellLook typed = below.typed_as();
  if (cell.look == CellLook::empty) return no_name;
  if (cell.look == CellLook::nothing) return typed == CellLook::text ? 0 : -0.5;
  if (below.valued() == 0) return cell.look == CellLook::text ? text_over_text : value_over_none;
  if (typed == CellLook::text) {
    return cell.look == CellLook::text || cell.said_text ? text_evidence(cell.text, below)
                                                         : number_over_text;
  }
  if (cell.look == CellLook::text) return name_over_values;
  if (cell.look == CellLook::date && typed == CellLook::number) return date_over_numbers;
  if (cell.look != typed) return 0;
  if (below.with_unit == 0 && cell.look == CellLook::number && has_unit(cell.text)) {
    return unit_over_numbers;
  }
  return cell.said_text && below.said_text * 4 <= below.valued() ? name_over_values
                                                                 : value_over_values;
}

/// Whole numbers in a row's cells, and what stands below them.
struct NumbersOverFigures {
  std::vector<int> numbers;
  bool years = true;
  std::size_t values_below = 0;
  std::size_t years_below = 0;
  std::size_t broken_below = 0;
  double least_below = 1e300;

  /// They count up or down by one.
  bool are_even() const {
    return numbers.size() > 1 &&
           std::abs(numbers.back() - numbers.front()) == static_cast<int>(numbers.size()) - 1;
  }
};

std::optional<NumbersOverFigures> numbers_over_figures(const TableRow& row,
                                                       const std::vector<ColumnLook>& below,
                                                       const std::vector<std::size_t>& columns,
                                                       std::size_t shift) {
  NumbersOverFigures found;
  for (const std::size_t i : columns) {
    const std::optional<int> number = whole_of(row.cells[i].text);
    if (!number) return {};
    const ColumnLook& column = below[i + shift];
    found.numbers.push_back(*number);
    found.years = found.years && is_year(row.cells[i].text);
    found.years_below += column.years;
    found.values_below += column.valued();
    found.broken_below += column.broken;
    found.least_below = std::min(found.least_below, column.least);
  }
  if (found.numbers.empty()) return {};
  return found;
}

enum class Sequence { none, perhaps, names };

/// Numbers that are names: years over figures that are none, or 1, 2, 3 … over figures, or any that
/// go up, beside a name and over broken numbers (lags, depths, doses). `columns`: where such cells
/// stand.
Sequence sequence_of(const TableRow& row, const std::vector<ColumnLook>& below,
                     const std::vector<std::size_t>& columns, std::size_t shift) {
  const auto found = numbers_over_figures(row, below, columns, shift);
  if (!found) return Sequence::none;
  const std::vector<int>& numbers = found->numbers;
  const bool up = std::is_sorted(numbers.begin(), numbers.end(), std::less_equal<>());
  const bool down = std::is_sorted(numbers.begin(), numbers.end(), std::greater_equal<>());
  const bool named = columns.size() < row.filled();
  const bool corner = row.filled() < row.cells.size();
  const bool even = found->are_even();
  // Under groups they begin again: 2022, 2023, 2022, 2023.
  if (found->years) {
    const bool are_names =
        found->years_below * 2 < found->values_below && (named || corner || (even && (up || down)));
    return are_names ? Sequence::names : Sequence::none;
  }
  if (!(named || corner) || numbers[0] < 0) return Sequence::none;
  const bool over_broken =
      found->values_below > numbers.size() && are_most(found->broken_below, found->values_below);
  if (over_broken && numbers.size() > 2 && (up || down)) return Sequence::names;
  if (!up || !even || numbers[0] > 1) return Sequence::none;
  // Fewer than four are as easily figures, unless all figures are of another size or kind.
  const bool of_another = over_broken || found->least_below > 4.0 * numbers.back();
  if (numbers.size() >= 4 || (numbers.size() > 1 && of_another)) return Sequence::names;
  return numbers.size() == 3 ? Sequence::perhaps : Sequence::none;
}

}  // namespace

void ColumnLook::add(const TableCell& cell) {
  ++count.at(at(cell.look));
  if (cell.look == CellLook::empty || cell.look == CellLook::nothing) return;
  said_text += cell.said_text ? 1 : 0;
  if (cell.look == CellLook::number) {
    const std::string_view text = trimmed_blanks(cell.text);
    years += is_year(text) ? 1 : 0;
    broken += text.find_first_of(".,") != std::string_view::npos ? 1 : 0;
    with_unit += has_unit(text) ? 1 : 0;
    double number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    least = std::min(least, number);
  }
  if (cell.look != CellLook::text && !cell.said_text) return;
  ++values[trimmed_blanks(cell.text)];
  ++forms[form_of(cell.text)];
  if (std::string shape = shape_of(cell.text); !shape.empty()) ++shapes[std::move(shape)];
}

std::size_t ColumnLook::valued() const {
  std::size_t sum = 0;
  for (const std::size_t one : count) sum += one;
  return sum - count.at(at(CellLook::empty)) - count.at(at(CellLook::nothing));
}

CellLook ColumnLook::typed_as() const {
  const std::size_t all = valued();
  for (const CellLook look :
       {CellLook::number, CellLook::date, CellLook::time, CellLook::boolean}) {
    const std::size_t here = count.at(at(look));
    if (here > 0 && here * 4 >= all * 3) return look;
  }
  return CellLook::text;
}

std::vector<ColumnLook> look_at_columns(const std::vector<TableRow>& rows, std::size_t first,
                                        std::size_t width) {
  std::vector<ColumnLook> columns(width);
  for (std::size_t i = first; i < rows.size(); ++i) {
    if (rows[i].cells.size() > width) continue;
    for (std::size_t k = 0; k < rows[i].cells.size(); ++k) {
      columns[k].add(rows[i].cells[k]);
    }
  }
  return columns;
}

double header_evidence(const TableRow& row, const std::vector<ColumnLook>& below, bool again,
                       std::size_t shift) {
  double sum = 0;
  std::vector<std::size_t> numbers;
  std::map<std::string_view, std::size_t> names;
  for (std::size_t i = 0; i < row.cells.size() && i + shift < below.size(); ++i) {
    const TableCell& cell = row.cells[i];
    double here = cell_evidence(cell, below[i + shift]);
    if (again && here == comes_again) here = text_over_text;
    sum += here;
    if (here == value_over_values && cell.look == CellLook::number) numbers.push_back(i);
    if (cell.look != CellLook::empty && ++names[trimmed_blanks(cell.text)] > 1) sum += name_twice;
  }
  const auto count = static_cast<double>(numbers.size());
  switch (sequence_of(row, below, numbers, shift)) {
    case Sequence::names:
      sum += count * (sequence_of_names - value_over_values);
      break;
    case Sequence::perhaps:
      sum += perhaps_a_sequence - count * value_over_values;
      break;
    case Sequence::none:
      break;
  }
  const std::size_t named = row.cells.size() + shift;
  if (named < below.size()) sum += static_cast<double>(below.size() - named) * no_name;
  return sum;
}

std::vector<CellLook> typed_looks(const std::vector<ColumnLook>& columns) {
  std::vector<CellLook> looks;
  for (const ColumnLook& column : columns) looks.push_back(column.typed_as());
  return looks;
}

TypedCells typed_cells(const TableRow& row, const std::vector<CellLook>& typed) {
  TypedCells found;
  for (std::size_t i = 0; i < typed.size(); ++i) {
    if (typed[i] == CellLook::text) continue;
    ++found.columns;
    if (i >= row.cells.size()) continue;
    const TableCell& cell = row.cells[i];
    found.typed += is_typed(cell.look) ? 1 : 0;
    found.text += cell.look == CellLook::text ? 1 : 0;
  }
  return found;
}

}  // namespace sluice::ingest
