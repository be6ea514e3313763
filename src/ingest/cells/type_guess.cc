#include "ingest/cells/type_guess.h"

#include <algorithm>
#include <charconv>

#include "base/ascii.h"
#include "ingest/cells/cell_value.h"
#include "ingest/source_limits.h"

namespace sluice::ingest {
namespace {

/// Types as bits, the one that is tried first lowest.
enum Bit : unsigned {
  bigint = 1,
  decimal = 2,
  real = 4,
  boolean = 8,
  date = 16,
  timestamp = 32,
  timestamptz = 64,
  real_by_value = 128,
};

constexpr std::size_t decimal_digits_max = 38;
/// DECIMAL up to 18 digits is stored as INT64; narrower ones would only make a later row start
/// over.
constexpr std::size_t decimal_digits_small = 18;
/// The longest text of a type: `-` and 39 characters of a DECIMAL, 24 of a DOUBLE, 29 of an
/// instant.
constexpr std::size_t typed_cell_bytes_max = 40;

unsigned initial(CellRule rule) {
  switch (rule) {
    case CellRule::text:
      return bigint | decimal | real | boolean | date | timestamp | timestamptz;
    case CellRule::json_string:
      return date | timestamp | timestamptz;
    case CellRule::json_number:
      return bigint | decimal | real;
    case CellRule::json_nested_number:
      return bigint | decimal | real | real_by_value;
    case CellRule::json_boolean:
      return boolean;
  }
  return 0;
}

/// The types of `asked` that print the cell back.
unsigned printing(std::string_view cell, unsigned asked, DecimalForm& number) {
  if (cell.empty() || cell.size() > typed_cell_bytes_max) return 0;
  std::int64_t whole = 0;
  double value = 0;
  bool flag = false;
  std::int32_t days = 0;
  if (!is_digit(cell.front()) && cell.front() != '-') {
    return (asked & boolean) != 0 && read_boolean(cell, flag) ? unsigned{boolean} : 0U;
  }
  if (read_decimal_form(cell, number)) {
    if (number.scale == 0) {
      return (asked & bigint) != 0 && read_bigint(cell, whole) ? unsigned{bigint} : 0U;
    }
    return unsigned{decimal} | ((asked & real) != 0 && read_double(cell, value) ? real : 0U);
  }
  if ((asked & date) != 0 && read_date(cell, days)) return date;
  if ((asked & timestamp) != 0 && read_timestamp(cell, whole)) return timestamp;
  if ((asked & timestamptz) != 0 && read_timestamptz(cell, whole)) return timestamptz;
  return (asked & real) != 0 && read_double(cell, value) ? unsigned{real} : 0U;
}

/// Whether the double that is nearest has the cell's value, where `fits` are the types that print
/// it.
bool is_real_by_value(std::string_view cell, unsigned fits) {
  // What a DOUBLE prints has its value, and so has what needs few digits and no exponent.
  if ((fits & real) != 0) return true;
  if ((fits & (bigint | decimal)) != 0 && cell.size() <= digits_kept_by_double) return true;
  double value = 0;
  return read_double_by_value(cell, value);
}

/// The types of `asked` that take the cell.
unsigned classify(std::string_view cell, unsigned asked, DecimalForm& number) {
  const unsigned fits = printing(cell, asked, number);
  const bool by_value = (asked & real_by_value) != 0 && is_real_by_value(cell, fits);
  return fits | (by_value ? unsigned{real_by_value} : 0U);
}

ValueType narrowest(unsigned possible, std::size_t whole_digits, std::size_t scale) {
  ValueType type;
  if ((possible & bigint) != 0) {
    type.kind = ValueType::Kind::bigint;
  } else if ((possible & decimal) != 0) {
    type.kind = ValueType::Kind::decimal;
    type.digits = static_cast<int>(
        whole_digits + scale <= decimal_digits_small ? decimal_digits_small : decimal_digits_max);
    type.scale = static_cast<int>(scale);
  } else if ((possible & (real | real_by_value)) != 0) {
    type.kind = ValueType::Kind::real;
  } else if ((possible & boolean) != 0) {
    type.kind = ValueType::Kind::boolean;
  } else if ((possible & date) != 0) {
    type.kind = ValueType::Kind::date;
  } else if ((possible & timestamp) != 0) {
    type.kind = ValueType::Kind::timestamp;
  } else if ((possible & timestamptz) != 0) {
    type.kind = ValueType::Kind::timestamptz;
  }
  return type;
}

}  // namespace

TypeGuess::TypeGuess(CellRule rule) : rule_(rule), possible_(initial(rule)) {}

void TypeGuess::strike(unsigned types, const Misfit& misfit) {
  last_held_ = possible_;
  possible_ &= ~types;
  misfits_.push_back(misfit);
  for (unsigned bit = 0; bit < struck_by_.size(); ++bit) {
    if ((types & (1U << bit)) != 0) struck_by_[bit] = static_cast<std::uint8_t>(misfits_.size());
  }
}

void TypeGuess::observe(std::string_view cell, std::uint64_t line) {
  if (++seen_ == 1) first_ = {shown(cell), line};
  if (possible_ == 0) return;
  DecimalForm number;
  unsigned fits = classify(cell, possible_, number);
  if ((fits & possible_ & decimal) != 0) {
    if (seen_ == 1) scale_ = number.scale;
    whole_digits_ = std::max(whole_digits_, number.whole_digits);
    if (scale_ != number.scale || whole_digits_ + scale_ > decimal_digits_max) fits &= ~decimal;
  }
  if (const unsigned fallen = possible_ & ~fits; fallen != 0) {
    strike(fallen, {shown(cell), line});
  }
}

void TypeGuess::merge(const TypeGuess& later) {
  if (later.seen_ == 0) return;
  if (seen_ == 0) {
    *this = later;
    return;
  }
  seen_ += later.seen_;
  // In the order in which the later piece met its misfits, each type falling at its first.
  for (std::size_t i = 0; i < later.misfits_.size() && possible_ != 0; ++i) {
    unsigned types = 0;
    for (unsigned bit = 0; bit < struck_by_.size(); ++bit) {
      if (later.struck_by_[bit] == i + 1) types |= 1U << bit;
    }
    if ((types & possible_) != 0) strike(types & possible_, later.misfits_[i]);
  }
  if ((possible_ & decimal) == 0) return;
  const std::size_t whole = std::max(whole_digits_, later.whole_digits_);
  if (scale_ != later.scale_ || whole + scale_ > decimal_digits_max) {
    strike(decimal, later.first_);
  } else {
    whole_digits_ = whole;
  }
}

ValueType TypeGuess::type() const {
  return seen_ == 0 ? ValueType() : narrowest(possible_, whole_digits_, scale_);
}

std::string TypeGuess::reason() const {
  if (seen_ == 0) return "text: no cell has a value";
  if (!is_text()) return "every cell prints back as " + sql_of(type());
  const Misfit& last = misfits_.empty() ? Misfit{} : misfits_.back();
  const std::string where = last.line == 0 ? "" : " in line " + std::to_string(last.line);
  const std::string prefix = rule_ == CellRule::json_string ? "text in the file" : "text";
  if (misfits_.size() <= 1 && last_held_ == initial(rule_)) {
    return prefix + ", as in " + last.cell + where;
  }
  return prefix + ": " + last.cell + where + " does not print back as " +
         sql_of(narrowest(last_held_, whole_digits_, scale_)) + ", unlike the cells before it";
}

bool looks_typed(std::string_view cell) {
  while (!cell.empty() && cell.front() == ' ') cell.remove_prefix(1);
  while (!cell.empty() && cell.back() == ' ') cell.remove_suffix(1);
  DecimalForm number;
  if (classify(cell, initial(CellRule::text), number) != 0) return true;
  // Wider than bronze's types on purpose: 007, +1, 1e5 and 2025-01-15T10:00:00Z are no header
  // either.
  double value = 0;
  if (!cell.empty() && cell.front() == '+') cell.remove_prefix(1);
  if (cell.empty() || !(is_digit(cell.front()) || cell.front() == '-' || cell.front() == '.')) {
    return false;
  }
  const auto parsed = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (parsed.ptr == cell.data() + cell.size()) return true;
  std::int32_t days = 0;
  return cell.size() > 10 && (cell[10] == 'T' || cell[10] == ' ') &&
         read_date(cell.substr(0, 10), days);
}

std::string shown(std::string_view cell) {
  std::string out = "'";
  std::size_t end = std::min(cell.size(), shown_cell_bytes_max);
  while (end < cell.size() && end > 0 && (static_cast<unsigned char>(cell[end]) & 0xC0) == 0x80) {
    --end;
  }
  for (const char c : cell.substr(0, end)) {
    out += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '?' : c;
  }
  return out + (end < cell.size() ? "…'" : "'");
}

}  // namespace sluice::ingest
