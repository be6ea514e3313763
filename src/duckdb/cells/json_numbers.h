#pragma once

#include <duckdb.h>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <string>

/// Numbers as JSON, with no digit lost: integers beyond 2^53 go as text, decimals as written.
namespace sluice::duckdb {

__extension__ typedef __int128 Int128;
__extension__ typedef unsigned __int128 Uint128;

/// JavaScript and many JSON readers keep numbers as doubles: past this, integers go as text.
inline constexpr std::int64_t exact_integer_max = std::int64_t{1} << 53;

Uint128 joined(std::uint64_t upper, std::uint64_t lower);
/// Splits a HUGEINT into sign and magnitude; -2^127 included.
bool is_negative(duckdb_hugeint value, Uint128& magnitude);

void append_integer(std::string& out, bool negative, Uint128 magnitude);
/// `magnitude` / 10^scale, with all `scale` digits.
void append_decimal(std::string& out, bool negative, Uint128 magnitude, std::uint8_t scale);

inline void append_signed(std::string& out, std::int64_t value) {
  if (value <= exact_integer_max && value >= -exact_integer_max) {
    char buffer[24];
    const std::to_chars_result end = std::to_chars(buffer, buffer + sizeof buffer, value);
    out.append(buffer, end.ptr);
    return;
  }
  const Int128 wide = value;
  append_integer(out, wide < 0, static_cast<Uint128>(wide < 0 ? -wide : wide));
}

/// The shortest text that reads back; what JSON has no number for goes as text.
template <typename T>
void append_floating(std::string& out, T value) {
  if (std::isnan(value)) {
    out += "\"NaN\"";
  } else if (std::isinf(value)) {
    out += value < 0 ? "\"-Infinity\"" : "\"Infinity\"";
  } else {
    char buffer[64];
    const std::to_chars_result end = std::to_chars(buffer, buffer + sizeof buffer, value);
    out.append(buffer, end.ptr);
  }
}

}  // namespace sluice::duckdb
