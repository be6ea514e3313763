#pragma once

#include "base/result.h"
#include "http/message.h"
#include "query/request.h"

namespace sluice::api {

/// A query whose tables are still to be given, and how it is to be run.
struct AskedQuery {
  query::QueryRequest request;
  bool is_async = false;  ///< `mode=async`
};

/// What a query is asked with, its tables left out: the JSON body `{sql, parameters?, limit?,
/// timeout_ms?, format?, formulas?}`. The format comes from there, or `?format=`, or the Accept
/// header. Errors: `bad_query_body` (names the field), `query_parameters`.
Result<AskedQuery> query_of_body(http::Request& request);

/// The same from `?sql=&limit=&timeout_ms=&format=&formulas=`.
Result<AskedQuery> query_of_url(const http::Request& request);

}  // namespace sluice::api
