#include "duckdb/cells/json_numbers.h"

#include <algorithm>

namespace sluice::duckdb {
namespace {

std::string digits_of(Uint128 value) {
  std::string out;
  do {
    out += static_cast<char>('0' + static_cast<int>(value % 10));
    value /= 10;
  } while (value != 0);
  std::reverse(out.begin(), out.end());
  return out;
}

}  // namespace

void append_integer(std::string& out, bool negative, Uint128 magnitude) {
  const bool exact = magnitude <= static_cast<Uint128>(exact_integer_max);
  if (!exact) out += '"';
  if (negative) out += '-';
  out += digits_of(magnitude);
  if (!exact) out += '"';
}

Uint128 joined(std::uint64_t upper, std::uint64_t lower) {
  return (static_cast<Uint128>(upper) << 64U) | lower;
}

bool is_negative(duckdb_hugeint value, Uint128& magnitude) {
  magnitude = joined(static_cast<std::uint64_t>(value.upper), value.lower);
  if (value.upper >= 0) return false;
  magnitude = ~magnitude + 1;
  return true;
}

void append_decimal(std::string& out, bool negative, Uint128 magnitude, std::uint8_t scale) {
  std::string digits = digits_of(magnitude);
  if (digits.size() <= scale) digits.insert(0, scale + 1U - digits.size(), '0');
  if (negative) out += '-';
  out.append(digits, 0, digits.size() - scale);
  if (scale > 0) {
    out += '.';
    out.append(digits, digits.size() - scale);
  }
}

}  // namespace sluice::duckdb
