#pragma once

#include <duckdb.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "query/protocol/wire.h"

namespace sluice::query {

/// Where an answer goes, piece by piece. False: nobody is there to take it.
class AnswerSink {
 public:
  virtual ~AnswerSink() = default;
  /// Before the columns, while the engine works; 0 to 100.
  virtual bool progress(double percent) = 0;
  virtual bool columns(const std::vector<AnswerColumn>& columns) = 0;
  virtual bool rows(std::string_view rows) = 0;
};

Error nobody_takes_it();

/// Writes the rows of a streaming result in the job's format, at most `row_limit`. Errors, perhaps
/// after some rows: `query_failed`, `query_memory`, `query_too_large`, `query_cancelled`.
Result<AnswerTail> write_answer(duckdb_result& result, const Job& job, std::int64_t row_limit,
                                AnswerSink& sink);

}  // namespace sluice::query
