#include "ingest/parquet/parquet_annotation.h"

#include <string_view>

#include "ingest/source_limits.h"

namespace sluice::ingest {
namespace {

// Of parquet.thrift.
constexpr std::int64_t int32 = 1;
constexpr std::int64_t int64 = 2;
constexpr std::int64_t single = 4;
constexpr std::int64_t twofold = 5;
constexpr std::int64_t fixed_bytes = 7;
constexpr std::int64_t converted_decimal = 5;
constexpr std::int64_t converted_uint8 = 11;
constexpr std::int64_t converted_uint16 = 12;
constexpr std::int64_t converted_int8 = 15;
constexpr std::int64_t converted_int16 = 16;
constexpr std::int64_t converted_int32 = 17;
constexpr std::int64_t converted_interval = 21;
constexpr std::int64_t converted_max = 21;
constexpr std::int64_t decimal_digits_max = 1000;

/// Thrift writes small numbers so.
char zigzag(std::int64_t number) { return static_cast<char>(number * 2); }

/// Fields named by their whole numbers, which may follow any other: `type_length 12` and
/// `converted_type INTERVAL`. Of a field that comes twice the engine takes the last.
constexpr std::string_view is_interval{"\x05\x04\x18\x05\x0C\x2A"};

/// `field 9, a structure`: no logical type has that number, so that readers pass over it.
constexpr char unknown_logical = static_cast<char>(0x9C);
/// `field 1, false`.
constexpr char first_field_false = 0x12;

}  // namespace

std::int64_t ParquetAnnotation::value_bytes() const {
  switch (physical) {
    case int32:
    case single:
      return 4;
    case int64:
    case twofold:
      return 8;
    case int96:
      return 12;
    case fixed_bytes:
      return length;
    default:
      return 0;
  }
}

bool ParquetAnnotation::is_decimal() const {
  return converted == converted_decimal || logical == decimal;
}

std::string ParquetAnnotation::fault() const {
  if (physical > fixed_bytes || converted < -1 || converted > converted_max) {
    return "is none of the format's";
  }
  if (physical == fixed_bytes &&
      (length < 1 || length > static_cast<std::int64_t>(cell_bytes_max))) {
    return "has values of " + std::to_string(length) + " bytes";
  }
  const std::int64_t wanted = logical == uuid ? 16 : logical == float16 ? 2 : 0;
  if (wanted != 0 && (physical != fixed_bytes || length != wanted)) {
    return "is not of " + std::to_string(wanted) + " bytes";
  }
  if (converted == converted_interval && (physical != fixed_bytes || length != 12)) {
    return "is not of 12 bytes";
  }
  if (!is_decimal()) return "";
  // Readers differ in whom they believe.
  const bool says_it_twice =
      logical == decimal && (converted == converted_decimal || scale != 0 || precision != 0);
  if (says_it_twice && (scale != logical_scale || precision != logical_precision)) {
    return "is a decimal in two different ways";
  }
  if (decimals() < 0 || digits() < 1 || digits() > decimal_digits_max || decimals() > digits()) {
    return "has " + std::to_string(decimals()) + " decimal places of " + std::to_string(digits()) +
           " digits";
  }
  return "";
}

std::string ParquetAnnotation::widen(std::size_t depth, std::vector<ParquetEdit>& changes) const {
  const auto change = [&](std::size_t at, char byte) {
    if (at != 0) changes.push_back({at, 1, {byte}});
  };
  const auto is_small = [&](std::int64_t as_converted, int as_bits, bool as_signed) {
    return converted == as_converted ||
           (logical == integer && bits == as_bits && is_signed == as_signed);
  };
  if (physical == int32) {
    const char* small = is_small(converted_int8, 8, true)       ? "TINYINT"
                        : is_small(converted_int16, 16, true)   ? "SMALLINT"
                        : is_small(converted_uint8, 8, false)   ? "UTINYINT"
                        : is_small(converted_uint16, 16, false) ? "USMALLINT"
                                                                : "";
    if (*small != '\0') {
      change(converted_at, zigzag(converted_int32));
      change(logical_at, unknown_logical);
      return small;
    }
  }
  if (is_decimal()) {
    // The engine holds so few digits in 16 and 32 bits.
    const std::int64_t wider = physical == int32 && digits() <= 4   ? 9
                               : physical == int64 && digits() <= 9 ? 18
                                                                    : 0;
    if (wider == 0) return "";
    change(precision_at, zigzag(wider));
    change(logical_precision_at, zigzag(wider));
    return "DECIMAL(" + std::to_string(digits()) + "," + std::to_string(decimals()) + ")";
  }
  if (utc_at != 0 && depth == 2) {
    change(utc_at, first_field_false);
    return "TIME WITH TIME ZONE";
  }
  return "";
}

void ParquetAnnotation::as_interval(std::size_t end, std::vector<ParquetEdit>& edits) const {
  edits.push_back({physical_at, 1, {as_fixed_bytes}});
  if (logical_at != 0) edits.push_back({logical_at, 1, {unknown_logical}});
  edits.push_back({end, 0, std::string(is_interval)});
}

}  // namespace sluice::ingest
