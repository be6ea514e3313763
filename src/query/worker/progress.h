#pragma once

#include <duckdb.h>

#include "query/render/answer_sink.h"

namespace sluice::query {

/// Frees what the C interface hands out.
struct Pending {
  duckdb_pending_result raw = nullptr;
  Pending() = default;
  Pending(const Pending&) = delete;
  Pending& operator=(const Pending&) = delete;
  ~Pending() { duckdb_destroy_pending(&raw); }
};

/// The part of a query's progress that one statement of it is, in percent.
struct ProgressPart {
  double from = 0;
  double to = 100;
};

/// Works on the statement until its first rows are there, or an error, and tells how far it is.
/// False where nobody takes the answer any more.
bool work_and_tell(duckdb_connection connection, duckdb_pending_result pending, ProgressPart part,
                   AnswerSink& sink);

}  // namespace sluice::query
