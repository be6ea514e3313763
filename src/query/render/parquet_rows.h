#pragma once

#include <duckdb.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.h"
#include "duckdb/cells/json_cells.h"
#include "query/answer.h"
#include "query/render/answer_sink.h"

namespace sluice::query {

/// Writes rows as a Parquet file that goes to a sink while it grows: at most one row group (122,880
/// rows or 32 MiB) is held. What each type becomes: README.md. Column names are made unique, as in
/// NDJSON. Makes no thread and opens no file.
class ParquetRows {
 public:
  /// `result` says the types; `sink` must outlive this. Error before anything is sent:
  /// `query_failed` where a column's type has values that Parquet cannot hold exactly.
  static Result<ParquetRows> open(duckdb_result& result, const std::vector<AnswerColumn>& columns,
                                  const std::vector<duckdb::CellType>& types, AnswerSink& sink);
  ParquetRows(ParquetRows&&) noexcept;
  ~ParquetRows();

  /// Errors: `query_failed` (an integer of more than 38 digits), `query_cancelled` (the sink takes
  /// no more), `query_memory`, `query_internal`.
  Result<void> append(duckdb_data_chunk chunk);
  /// Sent, and an estimate of what is held.
  std::uint64_t bytes() const;
  /// The footer, with `sluice.row_count` and `sluice.truncated` in its metadata.
  Result<void> finish(const AnswerTail& tail);

 private:
  struct State;
  explicit ParquetRows(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sluice::query
