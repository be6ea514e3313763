#pragma once

#include "base/error_code.h"

namespace sluice::query {

/// The codes of this room's errors. docs/errors.md lists them.
#define SLUICE_QUERY_CODES(CODE)                                                              \
  CODE(async_queries_busy, "Too many queries wait to run in the background.")                 \
  CODE(query_cancelled, "The query was cancelled, or nobody takes its answer.")               \
  CODE(query_deadline, "The query took longer than it may, or waited too long for its turn.") \
  CODE(query_failed, "The query met data that it cannot work with.")                          \
  CODE(query_internal, "The query's worker failed in itself.")                                \
  CODE(query_killed, "The query's worker was ended, or answered nonsense.")                   \
  CODE(query_memory, "The query needs more memory than it may use.")                          \
  CODE(query_not_allowed, "The statement does something that is not allowed here.")           \
  CODE(query_not_async,                                                                       \
       "This query runs within its request, and cannot be treated as one in the background.") \
  CODE(query_not_done, "The query in the background has not ended yet.")                      \
  CODE(query_not_found, "There is no such query.")                                            \
  CODE(query_parameters, "The parameters do not fit the statement.")                          \
  CODE(query_queue_full, "Too many queries are waiting.")                                     \
  CODE(query_syntax, "The SQL does not parse.")                                               \
  CODE(query_table_unknown, "The SQL names a table that there is not.")                       \
  CODE(query_too_large, "The SQL, one row, or a kept result is larger than it may be.")       \
  CODE(query_worker_unavailable, "No process for the query could be started in time.")
SLUICE_ERROR_CODES(Code, SLUICE_QUERY_CODES)

}  // namespace sluice::query
