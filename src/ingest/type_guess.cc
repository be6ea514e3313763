#include "ingest/type_guess.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "ingest/limits.h"

namespace sluice::ingest {
namespace {

enum Bit : unsigned {
  bigint = 1,
  decimal = 2,
  real = 4,
  boolean = 8,
  date = 16,
  timestamp = 32,
  timestamptz = 64,
};

constexpr std::size_t decimal_digits_max = 38;
/// DECIMAL up to 18 digits is stored as INT64; narrower ones would only make a later row start
/// over.
constexpr std::size_t decimal_digits_small = 18;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

unsigned initial(CellRule rule) {
  switch (rule) {
    case CellRule::text:
      return bigint | decimal | real | boolean | date | timestamp | timestamptz;
    case CellRule::json_string:
      return date | timestamp | timestamptz;
    case CellRule::json_number:
      return bigint | decimal | real;
    case CellRule::json_boolean:
      return boolean;
    case CellRule::json_nested:
    case CellRule::json_mixed:
      break;
  }
  return 0;
}

/// As DuckDB prints a DOUBLE: shortest digits, exponent form outside 1e-5 < |x| < 1e16, `.0` on
/// whole ones.
bool prints_as_double(std::string_view cell) {
  double value = 0;
  const auto parsed = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != cell.data() + cell.size()) return false;
  if (!std::isfinite(value) || (value == 0 && cell.front() == '-')) return false;
  char buffer[64];
  const double size = std::fabs(value);
  const bool plain = value == 0 || (size >= 1e-4 && size < 1e16);
  const auto printed =
      std::to_chars(buffer, buffer + sizeof(buffer), value,
                    plain ? std::chars_format::fixed : std::chars_format::scientific);
  std::string text(buffer, printed.ptr);
  if (plain && text.find('.') == std::string::npos) text += ".0";
  return text == cell;
}

int number_at(std::string_view text, std::size_t at, std::size_t size) {
  int value = 0;
  for (const char c : text.substr(at, size)) value = value * 10 + (c - '0');
  return value;
}

bool is_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-' || !all_digits(text.substr(0, 4)) ||
      !all_digits(text.substr(5, 2)) || !all_digits(text.substr(8, 2))) {
    return false;
  }
  const int year = number_at(text, 0, 4);
  const int month = number_at(text, 5, 2);
  const int day = number_at(text, 8, 2);
  if (year < 1 || month < 1 || month > 12 || day < 1) return false;
  constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return day <= days[month - 1] + (month == 2 && leap ? 1 : 0);
}

/// `2024-01-31 23:59:59[.5]`: DuckDB prints no trailing zeros in the fraction, and microseconds at
/// most.
bool is_timestamp(std::string_view text) {
  if (text.size() < 19 || text.size() > 26 || text[10] != ' ' || text[13] != ':' ||
      text[16] != ':' || !is_date(text.substr(0, 10))) {
    return false;
  }
  for (const std::size_t at : {11U, 14U, 17U}) {
    if (!all_digits(text.substr(at, 2))) return false;
  }
  if (number_at(text, 11, 2) > 23 || number_at(text, 14, 2) > 59 || number_at(text, 17, 2) > 59) {
    return false;
  }
  if (text.size() == 19) return true;
  return text[19] == '.' && all_digits(text.substr(20)) && text.back() != '0';
}

struct Decimal {
  std::size_t whole_digits;
  std::size_t scale;
};

/// `-?(0|[1-9][0-9]*)(\.[0-9]+)?`, not a negative zero: what BIGINT and DECIMAL can print.
bool read_decimal(std::string_view cell, Decimal& out) {
  const bool negative = !cell.empty() && cell.front() == '-';
  if (negative) cell.remove_prefix(1);
  const std::size_t dot = cell.find('.');
  const std::string_view whole = cell.substr(0, dot);
  const std::string_view fraction =
      dot == std::string_view::npos ? std::string_view() : cell.substr(dot + 1);
  if (!all_digits(whole) || (whole.size() > 1 && whole.front() == '0')) return false;
  if (dot != std::string_view::npos && !all_digits(fraction)) return false;
  if (negative && cell.find_first_not_of("0.") == std::string_view::npos) return false;
  out = {whole.size(), fraction.size()};
  return true;
}

bool fits_bigint(std::string_view cell) {
  std::int64_t value = 0;
  const auto parsed = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  return parsed.ec == std::errc() && parsed.ptr == cell.data() + cell.size();
}

unsigned classify(std::string_view cell, Decimal& number) {
  if (cell.empty() || cell.size() > 64) return 0;
  if (cell == "true" || cell == "false") return boolean;
  if (!is_digit(cell.front()) && cell.front() != '-') return 0;
  if (read_decimal(cell, number)) {
    if (number.scale == 0) return fits_bigint(cell) ? unsigned{bigint} : 0U;
    return unsigned{decimal} | (prints_as_double(cell) ? real : 0U);
  }
  if (is_date(cell)) return date;
  if (is_timestamp(cell)) return timestamp;
  if (cell.size() > 3 && cell.substr(cell.size() - 3) == "+00" &&
      is_timestamp(cell.substr(0, cell.size() - 3))) {
    return timestamptz;
  }
  return prints_as_double(cell) ? unsigned{real} : 0U;
}

}  // namespace

TypeGuess::TypeGuess(CellRule rule) : rule_(rule), possible_(initial(rule)) {}

void TypeGuess::observe(std::string_view cell) {
  if (possible_ == 0) return;
  const std::string before = seen_ == 0 ? std::string() : type();
  Decimal number{0, 0};
  unsigned fits = classify(cell, number);
  if ((fits & decimal) != 0 && (possible_ & decimal) != 0) {
    whole_digits_ = std::max(whole_digits_, number.whole_digits);
    if (seen_ == 0) scale_ = number.scale;
    if (scale_ != number.scale || whole_digits_ + scale_ > decimal_digits_max) fits &= ~decimal;
  }
  possible_ &= fits;
  ++seen_;
  if (possible_ != 0) return;
  why_text_ = before.empty() ? "text, as in " + shown(cell)
                             : "text: " + shown(cell) + " does not print back as " + before +
                                   ", unlike the cells before it";
}

void TypeGuess::reject(std::string_view cell) {
  const std::string before = type();
  observe(cell);
  if (!is_text() && type() == before) settle_as_text(cell);
}

void TypeGuess::settle_as_text(std::string_view cell) {
  if (is_text()) return;
  why_text_ = "text: " + shown(cell) + " does not print back as " + type() + ", unlike other cells";
  possible_ = 0;
}

std::string TypeGuess::type() const {
  if (is_text()) return "VARCHAR";
  if ((possible_ & bigint) != 0) return "BIGINT";
  if ((possible_ & decimal) != 0) {
    const std::size_t digits =
        whole_digits_ + scale_ <= decimal_digits_small ? decimal_digits_small : decimal_digits_max;
    return "DECIMAL(" + std::to_string(digits) + "," + std::to_string(scale_) + ")";
  }
  if ((possible_ & real) != 0) return "DOUBLE";
  if ((possible_ & boolean) != 0) return "BOOLEAN";
  if ((possible_ & date) != 0) return "DATE";
  if ((possible_ & timestamp) != 0) return "TIMESTAMP";
  return "TIMESTAMPTZ";
}

std::string TypeGuess::check_sql(const std::string& cell, const std::string& typed) const {
  std::string sql = "CAST(" + typed + " AS VARCHAR) IS NOT DISTINCT FROM " + cell;
  const std::string name = type();
  // What prints back and yet is no value in other systems: nan, infinity, -0.0, years beyond 9999
  // or BC.
  if (name == "DOUBLE") {
    sql += " AND (" + typed + " IS NULL OR (isfinite(" + typed + ") AND NOT (" + typed +
           " = 0 AND starts_with(" + cell + ", '-'))))";
  } else if (name == "DATE") {
    sql += " AND (" + typed + " IS NULL OR strlen(" + cell + ") = 10)";
  } else if (name == "TIMESTAMP") {
    sql += " AND (" + typed + " IS NULL OR strlen(" + cell + ") BETWEEN 19 AND 26)";
  } else if (name == "TIMESTAMPTZ") {
    sql += " AND (" + typed + " IS NULL OR strlen(" + cell + ") BETWEEN 22 AND 29)";
  }
  return sql;
}

std::string TypeGuess::reason() const {
  if (rule_ == CellRule::json_nested) return "objects and arrays, as JSON text";
  if (rule_ == CellRule::json_mixed && why_text_.empty()) return "text: several JSON kinds";
  if (seen_ == 0) return "text: no value in the first rows to judge by";
  if (!is_text()) return "every cell prints back as " + type();
  if (rule_ == CellRule::json_string) return "JSON strings; " + why_text_;
  return why_text_;
}

bool looks_typed(std::string_view cell) {
  while (!cell.empty() && cell.front() == ' ') cell.remove_prefix(1);
  while (!cell.empty() && cell.back() == ' ') cell.remove_suffix(1);
  Decimal number{0, 0};
  if (classify(cell, number) != 0) return true;
  // Wider than bronze's types on purpose: 007, +1, 1e5 and 2025-01-15T10:00:00Z are no header
  // either.
  double value = 0;
  if (!cell.empty() && cell.front() == '+') cell.remove_prefix(1);
  if (cell.empty() || !(is_digit(cell.front()) || cell.front() == '-' || cell.front() == '.')) {
    return false;
  }
  const auto parsed = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (parsed.ptr == cell.data() + cell.size()) return true;
  return cell.size() > 10 && (cell[10] == 'T' || cell[10] == ' ') && is_date(cell.substr(0, 10));
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
