#pragma once

#include <string>
#include <vector>

#include "ingest/parquet/parquet_footer.h"

namespace sluice::ingest {

// INT96 is how Impala, Hive and Spark write instants: eight bytes with the nanoseconds of the day,
// four with the Julian day, little-endian. The engine makes microseconds of them at once: where
// those do not fit 64 bits they wrap, and digits below are cut, both in silence. An INTERVAL of
// Parquet is twelve bytes too: months, days and milliseconds, four bytes each. Read as one, months
// and days are the two halves of the nanoseconds, and the milliseconds are the Julian day.

/// Of each column, whether it is of INT96 or has it within. A genuine INTERVAL beside it would look
/// the same; no writer is known that has both.
std::vector<bool> columns_with_int96(const ParquetFooter& footer);

/// A condition in DuckDB's SQL: the cell, which is in range, has digits below the microsecond.
std::string int96_loses_digits_sql(const std::string& cell_sql);

}  // namespace sluice::ingest
