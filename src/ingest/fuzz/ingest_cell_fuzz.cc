#include <array>
#include <charconv>
#include <cstdlib>

#include "base/clock.h"
#include "base/testing/fuzz_target.h"
#include "ingest/cells/cell_value.h"

namespace sluice::ingest {
namespace {

using fuzz::require;

std::string digits_of(Int128 value) {
  std::string text;
  const bool negative = value < 0;
  do {
    const int digit = static_cast<int>(value % 10);
    text.insert(text.begin(), static_cast<char>('0' + (digit < 0 ? -digit : digit)));
    value /= 10;
  } while (value != 0);
  return negative ? "-" + text : text;
}

std::string with_point(std::string digits, std::size_t scale) {
  if (scale == 0) return digits;
  const bool negative = digits[0] == '-';
  if (negative) digits.erase(0, 1);
  if (digits.size() <= scale) digits.insert(0, scale + 1 - digits.size(), '0');
  digits.insert(digits.size() - scale, ".");
  return (negative ? "-" : "") + digits;
}

/// By the C library's calendar, not by ours.
std::string day_of(std::int64_t days) {
  const std::time_t seconds = days * 86'400;
  std::tm tm{};
  require(::gmtime_r(&seconds, &tm) != nullptr, "a day of the calendar");
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1,
                tm.tm_mday);
  return text.data();
}

std::string instant_of(std::int64_t micros) {
  constexpr std::int64_t day_us = 86'400'000'000;
  const std::int64_t days = (micros - (micros % day_us + day_us) % day_us) / day_us;
  const std::int64_t rest = micros - days * day_us;
  std::array<char, 32> time{};
  std::snprintf(time.data(), time.size(), " %02d:%02d:%02d.%06d",
                static_cast<int>(rest / 3'600'000'000), static_cast<int>(rest / 60'000'000 % 60),
                static_cast<int>(rest / 1'000'000 % 60), static_cast<int>(rest % 1'000'000));
  std::string text = day_of(days) + time.data();
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

/// A cell.
void cell(std::string_view input) {
  std::int64_t integer = 0;
  if (read_bigint(input, integer)) require(std::to_string(integer) == input, "BIGINT prints back");
  DecimalForm form;
  Int128 decimal = 0;
  if (read_decimal_form(input, form) && read_decimal(input, 38, form.scale, decimal)) {
    require(with_point(digits_of(decimal), form.scale) == input, "DECIMAL prints back");
  }
  double real = 0;
  if (read_double(input, real)) {
    const std::string text(input);
    require(std::strtod(text.c_str(), nullptr) == real, "DOUBLE is the C library's");
    std::array<char, 32> shortest{};
    const auto end = std::to_chars(shortest.data(), shortest.data() + shortest.size(), real,
                                   std::chars_format::scientific)
                         .ptr;
    const auto digits_only = [](std::string_view of) {
      std::string digits;
      for (const char c : of.substr(0, of.find('e'))) {
        if (c >= '0' && c <= '9') digits += c;
      }
      digits.erase(0, digits.find_first_not_of('0'));
      digits.erase(digits.find_last_not_of('0') + 1);
      return digits;
    };
    require(digits_only(text) == digits_only({shortest.data(), end}), "DOUBLE has shortest digits");
  }
  std::int32_t days = 0;
  if (read_date(input, days)) require(day_of(days) == input, "DATE prints back");
  std::int64_t micros = 0;
  if (read_timestamp(input, micros)) require(instant_of(micros) == input, "TIMESTAMP prints back");
  if (read_timestamptz(input, micros)) {
    require(instant_of(micros) + "+00" == input, "TIMESTAMPTZ prints back");
  }
  bool boolean = false;
  if (read_boolean(input, boolean)) {
    require(input == (boolean ? "true" : "false"), "BOOLEAN prints back");
  }
}

const fuzz::Target target(__FILE__, cell);

}  // namespace
}  // namespace sluice::ingest
