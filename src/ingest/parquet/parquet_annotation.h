#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "ingest/parquet/parquet_footer.h"

namespace sluice::ingest {

/// What a schema element says of its values (SchemaElement of parquet.thrift), and where in the
/// footer it says so.
struct ParquetAnnotation {
  static constexpr std::int64_t int96 = 3;    ///< Of the physical types.
  static constexpr char as_fixed_bytes = 14;  ///< FIXED_LEN_BYTE_ARRAY, as it is written.
  // Fields of the union LogicalType.
  static constexpr int decimal = 5;
  static constexpr int time = 7;
  static constexpr int integer = 10;
  static constexpr int uuid = 14;
  static constexpr int float16 = 15;

  std::int64_t physical = -1;
  std::int64_t length = 0;
  std::int64_t converted = -1;
  std::int64_t scale = 0;      ///< With the converted type.
  std::int64_t precision = 0;  ///< With the converted type.
  int logical = -1;
  std::int64_t logical_scale = 0;
  std::int64_t logical_precision = 0;
  int bits = 0;
  bool is_signed = false;
  // Of the byte that holds it; 0 where there is none.
  std::size_t physical_at = 0;
  std::size_t converted_at = 0;
  std::size_t precision_at = 0;
  std::size_t logical_at = 0;
  std::size_t logical_precision_at = 0;
  std::size_t utc_at = 0;  ///< Of a TIME that is adjusted to UTC.

  /// Of one value, as it is stored; 0 where they differ.
  std::int64_t value_bytes() const;
  bool is_decimal() const;
  /// The digits of a decimal, and how many of them are behind the point.
  std::int64_t digits() const { return logical == decimal ? logical_precision : precision; }
  std::int64_t decimals() const { return logical == decimal ? logical_scale : scale; }

  /// Why it can be no element's, in words; empty where it can.
  std::string fault() const;
  /// Adds the changes by which the engine reads the stored width, and gives the declared type;
  /// empty where it does so anyway.
  std::string widen(std::size_t depth, std::vector<ParquetEdit>& changes) const;
  /// Of an INT96: adds the edits by which the engine reads an INTERVAL. `end`: where the element's
  /// stop byte is.
  void as_interval(std::size_t end, std::vector<ParquetEdit>& edits) const;
};

}  // namespace sluice::ingest
