#pragma once

#include <string>

namespace sluice::ingest {

/// What stands in an INTERVAL.
enum class Intervals {
  genuine,
  int96,  ///< The raw numbers of an INT96 (parquet_int96.h).
};

/// A condition in DuckDB's SQL, never NULL, that is true where the cell `cell_sql` of DuckDB's type
/// `type`, and all that is nested in it, is a value of its type; empty where each value is. DuckDB
/// takes what a Parquet file says for a TIME, DATE, TIMESTAMP or DECIMAL unseen: a TIME of 2^30
/// hours ends the process that prints it, a TIMESTAMP of -2^63 is written and never read again.
std::string in_range_sql(const std::string& type, const std::string& cell_sql,
                         Intervals intervals = Intervals::genuine);

}  // namespace sluice::ingest
