#pragma once

#include <functional>
#include <string>
#include <vector>

#include "api/context.h"
#include "query/parsed_statement.h"
#include "query/request.h"

namespace sluice::api {

/// How a query gets the tables that it does not have from the beginning: by the names in its SQL,
/// which the engine's parser tells once the query has a place.
struct TableChoice {
  /// Adds them, and what the query lists. Empty: the query has all it may name.
  std::function<Result<void>(const query::ParsedStatement&, query::QueryRequest&)> add_named = {};
  /// It is over all that the tenant owns: tables of a lakehouse elsewhere, too.
  bool is_over_all = false;
};

/// The answer to a query, once it has a place: whole where it is small, else a stream that takes
/// the same memory whatever its size. Errors: those of query::WorkerPool::run and
/// federation::Federation; `exports_busy`, `remote_queries_busy`.
http::Response answer_query(Context& context, query::QueryRequest request, std::string dataset_id,
                            TableChoice choice);

/// 202: the query runs after the response (query/runs/query_runs.h). Errors: `async_queries_busy`.
Result<http::Response> start_query(Context& context, query::QueryRequest request,
                                   const std::string& dataset_id, TableChoice choice);

/// A query as JSON: the schema Query.
http::Response run_response(int status, const query::QueryRun& run);

}  // namespace sluice::api
