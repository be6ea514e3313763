#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice::ingest {

/// Text → value, true only where DuckDB prints the value back as exactly this text (design.md,
/// settled question 4). That leaves out what other systems have no value for, though DuckDB prints
/// it back: NaN, infinities, negative zeros, years outside 1–9999.

__extension__ using Int128 = __int128;

bool read_bigint(std::string_view cell, std::int64_t& out);

/// `-?(0|[1-9][0-9]*)(\.[0-9]+)?`, not a negative zero: what BIGINT and DECIMAL can print.
struct DecimalForm {
  std::size_t whole_digits = 0;
  std::size_t scale = 0;
};
bool read_decimal_form(std::string_view cell, DecimalForm& out);
/// `out` is the value × 10^scale. The cell must have just this scale, and `digits` digits at most.
bool read_decimal(std::string_view cell, std::size_t digits, std::size_t scale, Int128& out);

/// A double keeps any decimal of so many significant digits apart from its neighbours, so a text
/// of no more, without trailing zeros, is the shortest one already (DBL_DIG of <cfloat>).
inline constexpr std::size_t digits_kept_by_double = 15;

/// As DuckDB prints a DOUBLE: shortest digits, exponent form outside 1e-5 < |x| < 1e16, `.0` on
/// whole ones.
bool read_double(std::string_view cell, double& out);
/// Any number of JSON whose value is to the digit that of the double that is nearest, whatever the
/// double prints: `52`, `1.50`, `1e5`. No negative zero.
bool read_double_by_value(std::string_view cell, double& out);
bool read_boolean(std::string_view cell, bool& out);
/// Days since 1970-01-01 of `2024-01-31`.
bool read_date(std::string_view cell, std::int32_t& out);
/// Microseconds since 1970-01-01 of `2024-01-31 23:59:59[.5]`, at most six digits and no trailing
/// zero.
bool read_timestamp(std::string_view cell, std::int64_t& out);
/// The same with `+00` behind.
bool read_timestamptz(std::string_view cell, std::int64_t& out);

}  // namespace sluice::ingest
