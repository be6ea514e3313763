#pragma once

#include <duckdb.h>

#include <cstdint>

#include "base/result.h"
#include "query/protocol/wire.h"
#include "query/render/answer_sink.h"

namespace sluice::query {

/// The sink says that nobody takes the answer any more.
Error client_gone_error();

/// Writes the rows of a streaming result in the job's format, at most `row_limit`. Errors, perhaps
/// after some rows: `query_failed`, `query_memory`, `query_too_large`, `query_cancelled`.
Result<AnswerTail> write_answer(duckdb_result& result, const Job& job, std::int64_t row_limit,
                                AnswerSink& sink);

}  // namespace sluice::query
