#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/result.h"
#include "ingest/ingest.h"
#include "ingest/parquet/parquet_footer.h"
#include "ingest/parquet/parquet_values.h"
#include "ingest/write/engine.h"

namespace sluice::ingest {

/// The columns of a Parquet file as the engine reads them.
struct ParquetColumns {
  std::string path;                  ///< As a literal of SQL.
  std::vector<std::string> types;    ///< What in_range_sql() is asked for; empty: nothing.
  std::vector<std::string> read_as;  ///< The names by which the engine calls them.
  Intervals intervals = Intervals::genuine;
};

/// Refuses a value that its column's type cannot have: `value_out_of_range`, with the row.
/// `headers`: the names in the file.
Result<void> check_values(const Engine& engine, const ParquetColumns& columns,
                          const std::vector<std::string>& headers);

/// The same for instants in INT96, which the engine bends before they can be looked at: they are
/// looked at in a copy of those columns in `temp`. Where they have digits that are not kept, it is
/// said in `notes`.
Result<void> check_int96(const IngestRequest& request, const Engine& engine,
                         const ParquetFooter& footer, const std::vector<std::string>& headers,
                         const std::filesystem::path& temp, std::vector<std::string>& notes);

/// Which columns of bytes are texts that their writer did not mark as such, as Impala's and old
/// Spark's: every value is UTF-8 without control characters, and there is one. One reading of each
/// column of bytes, which ends at its first value that is no text.
Result<std::vector<bool>> unmarked_texts(const Engine& engine, const ParquetColumns& columns);

/// Of a column whose digits below the microsecond are not kept.
std::string nanoseconds_note(const std::string& header);

/// The engine's error as one of the file.
Error unreadable_parquet(Error error);

}  // namespace sluice::ingest
