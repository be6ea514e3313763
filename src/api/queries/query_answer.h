#pragma once

#include <functional>
#include <string>

#include "api/context.h"
#include "query/query.h"

namespace sluice::api {

/// Says more of a query's error, for him who asked.
using ErrorHint = std::function<Error(Error)>;

/// The answer to a query over the tables that it holds, once it has a place: whole where it is
/// small, else a stream that takes the same memory whatever its size. Errors: those of
/// query::WorkerPool::run; `exports_busy`.
http::Response answer_query(Context& context, query::QueryRequest wanted,
                            const std::string& dataset_id, ErrorHint hint = {});

/// 202: the query runs behind its request (query_runs.h). Errors: `async_queries_busy`.
Result<http::Response> start_query(Context& context, query::QueryRequest wanted,
                                   const std::string& dataset_id);

/// A query's document, as docs/api.md has it.
http::Response run_response(int status, const query::QueryRun& run);

}  // namespace sluice::api
