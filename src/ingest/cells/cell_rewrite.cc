#include "ingest/cells/cell_rewrite.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <optional>

#include "base/ascii.h"
#include "ingest/cells/cell_value.h"

namespace sluice::ingest {
namespace {

using Kind = ValueType::Kind;

/// Takes up to `digits_max` digits from the front.
std::optional<int> take_number(std::string_view& text, std::size_t digits_max) {
  std::size_t size = 0;
  int value = 0;
  while (size < text.size() && size < digits_max && is_digit(text[size])) {
    value = value * 10 + (text[size++] - '0');
  }
  if (size == 0) return std::nullopt;
  text.remove_prefix(size);
  return value;
}

/// `+007.50` → `7.50`; false where it is no plain number.
bool canonical_number(std::string_view cell, std::string& out) {
  const bool negative = !cell.empty() && cell.front() == '-';
  if (!cell.empty() && (cell.front() == '-' || cell.front() == '+')) cell.remove_prefix(1);
  const std::size_t dot = std::min(cell.find('.'), cell.size());
  std::string_view whole = cell.substr(0, dot);
  const std::string_view fraction = dot == cell.size() ? "" : cell.substr(dot + 1);
  if (whole.empty() && fraction.empty()) return false;
  if (!std::all_of(whole.begin(), whole.end(), is_digit) ||
      !std::all_of(fraction.begin(), fraction.end(), is_digit)) {
    return false;
  }
  while (whole.size() > 1 && whole.front() == '0') whole.remove_prefix(1);
  out = negative ? "-" : "";
  out += whole.empty() ? "0" : whole;
  if (!fraction.empty()) out.append(".").append(fraction);
  if (negative && out.find_first_not_of("-0.") == std::string::npos) out.erase(0, 1);
  return true;
}

bool append_decimal(ColumnBuilder& column, std::string_view cell, std::size_t scale) {
  std::string number;
  if (!canonical_number(cell, number)) return false;
  std::size_t dot = number.find('.');
  if (dot == std::string::npos) {
    if (scale == 0) return column.append(number);
    dot = number.size();
    number += '.';
  }
  // Zeros may be added or taken away at the end; digits may not.
  while (number.size() - dot - 1 > scale && number.back() == '0') number.pop_back();
  while (number.size() - dot - 1 < scale) number += '0';
  if (number.back() == '.') number.pop_back();
  return column.append(number);
}

bool append_boolean(ColumnBuilder& column, std::string_view cell) {
  const std::string word = lowered(cell);
  for (const char* yes : {"true", "t", "yes", "y", "1"}) {
    if (word == yes) return column.append("true");
  }
  for (const char* no : {"false", "f", "no", "n", "0"}) {
    if (word == no) return column.append("false");
  }
  return false;
}

/// `2024-01-31[T ]10:20[:30[.5]][Z|+02:00]` in microseconds; `zoned` says whether an offset was
/// there.
std::optional<std::int64_t> micros_of(std::string_view cell, bool& zoned) {
  std::int32_t days = 0;
  if (!read_date(cell.substr(0, 10), days)) return std::nullopt;
  std::int64_t micros = days * std::int64_t{86'400'000'000};
  cell.remove_prefix(10);
  zoned = false;
  if (cell.empty()) return micros;
  if (cell.front() != 'T' && cell.front() != ' ') return std::nullopt;
  cell.remove_prefix(1);
  std::array<int, 3> clock{};
  for (std::size_t i = 0; i < clock.size(); ++i) {
    const std::optional<int> part = take_number(cell, 2);
    if (!part || *part > (i == 0 ? 23 : 59)) return std::nullopt;
    clock[i] = *part;
    if (i == 2 || cell.empty() || cell.front() != ':') {
      if (i == 0) return std::nullopt;
      break;
    }
    cell.remove_prefix(1);
  }
  micros += ((clock[0] * std::int64_t{60} + clock[1]) * 60 + clock[2]) * 1'000'000;
  if (!cell.empty() && cell.front() == '.') {
    cell.remove_prefix(1);
    std::int64_t unit = 100'000;
    std::size_t digits = 0;
    while (!cell.empty() && is_digit(cell.front())) {
      // Beyond microseconds only zeros lose nothing.
      if (++digits > 6 && cell.front() != '0') return std::nullopt;
      micros += (cell.front() - '0') * unit;
      unit /= 10;
      cell.remove_prefix(1);
    }
    if (digits == 0) return std::nullopt;
  }
  if (cell.empty()) return micros;
  zoned = true;
  if (cell == "Z") return micros;
  const int sign = cell.front() == '-' ? -1 : 1;
  if (cell.front() != '-' && cell.front() != '+') return std::nullopt;
  cell.remove_prefix(1);
  const std::optional<int> hours = take_number(cell, 2);
  if (!cell.empty() && cell.front() == ':') cell.remove_prefix(1);
  const std::optional<int> minutes = cell.empty() ? 0 : take_number(cell, 2);
  if (!hours || !minutes || !cell.empty() || *hours > 18 || *minutes > 59) return std::nullopt;
  return micros - sign * (*hours * std::int64_t{60} + *minutes) * 60'000'000;
}

bool append_time(ColumnBuilder& column, std::string_view cell) {
  if (cell.size() < 10) return false;
  bool zoned = false;
  const std::optional<std::int64_t> micros = micros_of(cell, zoned);
  constexpr std::int64_t day = 86'400'000'000;
  if (!micros) return false;
  switch (column.type().kind) {
    case Kind::date:
      if (zoned || *micros % day != 0) return false;
      column.append_integer(*micros / day);
      return true;
    case Kind::timestamp:
      if (zoned) return false;
      break;
    default:
      if (!zoned) return false;
      break;
  }
  column.append_integer(*micros);
  return true;
}

}  // namespace

CellRewrite::CellRewrite(const IngestOptions& options, const std::vector<std::string>& headers)
    : options_(options),
      idle_(options.decimal_mark != ',' && options.date_format.empty() && !options.null_tokens &&
            options.column_null_tokens.empty()) {
  for (const std::string& header : headers) add_column(header);
}

void CellRewrite::add_column(std::string_view header) {
  if (options_.column_null_tokens.empty()) return;
  null_tokens_.push_back(options_.null_tokens_of(header));
}

bool CellRewrite::is_null(std::size_t column, std::string_view cell) const {
  const std::vector<std::string>* tokens = options_.null_tokens ? &*options_.null_tokens : nullptr;
  if (column < null_tokens_.size()) tokens = null_tokens_[column];
  return tokens != nullptr && std::ranges::find(*tokens, cell) != tokens->end();
}

bool CellRewrite::rewrite_number(std::string_view cell) {
  const std::size_t comma = cell.find(',');
  if (comma == std::string_view::npos || cell.find('.') != std::string_view::npos ||
      cell.find(',', comma + 1) != std::string_view::npos) {
    return false;
  }
  text_ = cell;
  text_[comma] = '.';
  DecimalForm form;
  return read_decimal_form(text_, form);
}

bool CellRewrite::rewrite_date(std::string_view cell) {
  const std::string_view format = options_.date_format;
  int year = 0;
  int month = 0;
  int day = 0;
  std::array<int, 3> clock{};
  bool timed = false;
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%' || i + 1 == format.size()) {
      if (cell.empty() || cell.front() != format[i]) return false;
      cell.remove_prefix(1);
      continue;
    }
    const char field = format[++i];
    const std::size_t before = cell.size();
    const std::optional<int> number = take_number(cell, field == 'Y' ? 4 : 2);
    // %Y of 24 is no year of the first century.
    if (!number || (field == 'Y' && before - cell.size() != 4)) return false;
    switch (field) {
      case 'Y':
        year = *number;
        break;
      case 'y':
        // As strptime of POSIX: 69–99 are of the last century.
        year = *number + (*number < 69 ? 2000 : 1900);
        break;
      case 'm':
        month = *number;
        break;
      case 'd':
        day = *number;
        break;
      default:
        timed = true;
        clock[field == 'H' ? 0 : field == 'M' ? 1 : 2] = *number;
        break;
    }
  }
  if (!cell.empty()) return false;
  char buffer[64];
  std::snprintf(buffer, sizeof(buffer), "%04d-%02d-%02d", year, month, day);
  text_ = buffer;
  if (timed) {
    std::snprintf(buffer, sizeof(buffer), " %02d:%02d:%02d", clock[0], clock[1], clock[2]);
    text_ += buffer;
  }
  std::int32_t days = 0;
  std::int64_t micros = 0;
  return timed ? read_timestamp(text_, micros) : read_date(text_, days);
}

std::string_view CellRewrite::typed(std::string_view cell) {
  if (options_.decimal_mark == ',' && rewrite_number(cell)) return text_;
  if (!options_.date_format.empty() && rewrite_date(cell)) return text_;
  if (options_.decimal_mark != ',' || cell.find('.') == std::string_view::npos) return cell;
  DecimalForm form;
  if (!read_decimal_form(cell, form)) return cell;
  text_ = std::string(cell) + " (its point is no decimal mark)";
  return text_;
}

bool append_as(ColumnBuilder& column, std::string_view cell) {
  if (column.append(cell)) return true;
  cell = trimmed_blanks(cell);
  std::string number;
  double value = 0;
  switch (column.type().kind) {
    case Kind::bigint:
      return append_decimal(column, cell, 0);
    case Kind::decimal:
      return append_decimal(column, cell, static_cast<std::size_t>(column.type().scale));
    case Kind::real: {
      if (!cell.empty() && cell.front() == '+') cell.remove_prefix(1);
      const auto parsed = std::from_chars(cell.data(), cell.data() + cell.size(), value);
      if (parsed.ec != std::errc() || parsed.ptr != cell.data() + cell.size() ||
          !std::isfinite(value)) {
        return false;
      }
      column.append_real(value);
      return true;
    }
    case Kind::boolean:
      return append_boolean(column, cell);
    case Kind::date:
    case Kind::timestamp:
    case Kind::timestamptz:
      return append_time(column, cell);
    default:
      return false;
  }
}

}  // namespace sluice::ingest
