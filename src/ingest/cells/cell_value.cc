#include "ingest/cells/cell_value.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <string>

#include "base/ascii.h"

namespace sluice::ingest {
namespace {

bool all_digits(std::string_view text) {
  for (const char c : text) {
    if (!is_digit(c)) return false;
  }
  return !text.empty();
}

int number_at(std::string_view text, std::size_t at, std::size_t size) {
  int value = 0;
  for (const char c : text.substr(at, size)) value = value * 10 + (c - '0');
  return value;
}

/// `[1-9][0-9]*.[0-9]*[1-9]` or `0.…` of few digits and no exponent.
bool is_surely_shortest(std::string_view cell, double size) {
  if (size < 1e-4 || size >= 1e15 || cell.size() > digits_kept_by_double + 1) return false;
  if (cell.front() == '-') cell.remove_prefix(1);
  const std::size_t dot = cell.find('.');
  if (dot == std::string_view::npos || dot == 0 || dot + 1 == cell.size()) return false;
  if (cell.front() == '0' && dot > 1) return false;
  const std::string_view fraction = cell.substr(dot + 1);
  return all_digits(cell.substr(0, dot)) && all_digits(fraction) &&
         (fraction.back() != '0' || fraction.size() == 1);
}

/// The double nearest to the whole cell; false for what is none, infinite, or a negative zero.
bool read_nearest(std::string_view cell, double& out) {
  const auto parsed = std::from_chars(cell.data(), cell.data() + cell.size(), out);
  if (parsed.ec != std::errc() || parsed.ptr != cell.data() + cell.size()) return false;
  return std::isfinite(out) && (out != 0 || cell.front() != '-');
}

/// Whether DuckDB prints the double that is nearest to the cell as the cell.
bool prints(std::string_view cell, double value) {
  const double size = std::fabs(value);
  if (is_surely_shortest(cell, size)) return true;
  char buffer[64];
  const bool plain = value == 0 || (size >= 1e-4 && size < 1e16);
  const auto printed =
      std::to_chars(buffer, buffer + sizeof(buffer), value,
                    plain ? std::chars_format::fixed : std::chars_format::scientific);
  std::string_view text(buffer, static_cast<std::size_t>(printed.ptr - buffer));
  if (plain && text.find('.') == std::string_view::npos) {
    return cell.size() == text.size() + 2 && cell.starts_with(text) && cell.ends_with(".0");
  }
  return text == cell;
}

/// A number as its significant digits times a power of ten.
struct Scientific {
  std::string digits;         ///< From the first that is not zero to the last; none for zero.
  std::int64_t exponent = 0;  ///< Of the first digit.

  bool operator==(const Scientific&) const = default;
};

/// Of a text that from_chars takes whole, without its sign.
Scientific scientific_of(std::string_view text) {
  if (!text.empty() && text.front() == '-') text.remove_prefix(1);
  const std::size_t e = std::min(text.find_first_of("eE"), text.size());
  Scientific number;
  std::int64_t whole_digits = 0;
  bool behind_dot = false;
  for (const char c : text.substr(0, e)) {
    behind_dot = behind_dot || c == '.';
    if (c == '.') continue;
    if (c == '0' && number.digits.empty()) {
      whole_digits -= behind_dot ? 1 : 0;
      continue;
    }
    whole_digits += behind_dot ? 0 : 1;
    number.digits += c;
  }
  while (!number.digits.empty() && number.digits.back() == '0') number.digits.pop_back();
  if (number.digits.empty()) return number;
  std::string_view exponent = text.substr(std::min(e + 1, text.size()));
  if (exponent.starts_with('+')) exponent.remove_prefix(1);
  std::from_chars(exponent.data(), exponent.data() + exponent.size(), number.exponent);
  number.exponent += whole_digits;
  return number;
}

}  // namespace

bool read_bigint(std::string_view cell, std::int64_t& out) {
  const std::string_view digits = cell.substr(!cell.empty() && cell.front() == '-' ? 1 : 0);
  if (digits.empty() || !is_digit(digits.front())) return false;
  if (digits.front() == '0' && cell.size() > 1) return false;
  const auto parsed = std::from_chars(cell.data(), cell.data() + cell.size(), out);
  return parsed.ec == std::errc() && parsed.ptr == cell.data() + cell.size();
}

bool read_decimal_form(std::string_view cell, DecimalForm& out) {
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

bool read_decimal(std::string_view cell, std::size_t digits, std::size_t scale, Int128& out) {
  DecimalForm form;
  // The 0 before the point takes a digit too: a DECIMAL(2,2) prints .55.
  if (!read_decimal_form(cell, form) || form.scale != scale || form.whole_digits + scale > digits) {
    return false;
  }
  Int128 value = 0;
  for (const char c : cell) {
    if (is_digit(c)) value = value * 10 + (c - '0');
  }
  out = cell.front() == '-' ? -value : value;
  return true;
}

bool read_double(std::string_view cell, double& out) {
  return read_nearest(cell, out) && prints(cell, out);
}

bool read_double_by_value(std::string_view cell, double& out) {
  if (!read_nearest(cell, out)) return false;
  const double size = std::fabs(out);
  if (size >= 1e-4 && size < 1e15 && cell.size() <= digits_kept_by_double) return true;
  if (prints(cell, out)) return true;
  char buffer[64];
  const auto printed =
      std::to_chars(buffer, buffer + sizeof(buffer), out, std::chars_format::scientific);
  return scientific_of(cell) ==
         scientific_of(std::string_view(buffer, static_cast<std::size_t>(printed.ptr - buffer)));
}

bool read_boolean(std::string_view cell, bool& out) {
  out = cell == "true";
  return out || cell == "false";
}

bool read_date(std::string_view cell, std::int32_t& out) {
  if (cell.size() != 10 || cell[4] != '-' || cell[7] != '-' || !all_digits(cell.substr(0, 4)) ||
      !all_digits(cell.substr(5, 2)) || !all_digits(cell.substr(8, 2))) {
    return false;
  }
  const std::chrono::year_month_day date(
      std::chrono::year(number_at(cell, 0, 4)),
      std::chrono::month(static_cast<unsigned>(number_at(cell, 5, 2))),
      std::chrono::day(static_cast<unsigned>(number_at(cell, 8, 2))));
  if (!date.ok() || date.year() < std::chrono::year(1)) return false;
  out = static_cast<std::int32_t>(std::chrono::sys_days(date).time_since_epoch().count());
  return true;
}

bool read_timestamp(std::string_view cell, std::int64_t& out) {
  std::int32_t days = 0;
  if (cell.size() < 19 || cell.size() > 26 || cell[10] != ' ' || cell[13] != ':' ||
      cell[16] != ':' || !read_date(cell.substr(0, 10), days)) {
    return false;
  }
  for (const std::size_t at : {11U, 14U, 17U}) {
    if (!all_digits(cell.substr(at, 2))) return false;
  }
  const int hour = number_at(cell, 11, 2);
  const int minute = number_at(cell, 14, 2);
  const int second = number_at(cell, 17, 2);
  if (hour > 23 || minute > 59 || second > 59) return false;
  std::int64_t micros = 0;
  if (cell.size() > 19) {
    const std::string_view fraction = cell.substr(20);
    if (cell[19] != '.' || !all_digits(fraction) || fraction.back() == '0') return false;
    micros = number_at(fraction, 0, fraction.size());
    for (std::size_t i = fraction.size(); i < 6; ++i) micros *= 10;
  }
  out = ((days * std::int64_t{24} + hour) * 60 + minute) * 60 + second;
  out = out * 1'000'000 + micros;
  return true;
}

bool read_timestamptz(std::string_view cell, std::int64_t& out) {
  return cell.ends_with("+00") && read_timestamp(cell.substr(0, cell.size() - 3), out);
}

}  // namespace sluice::ingest
