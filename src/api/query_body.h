#pragma once

#include "base/result.h"
#include "http/message.h"
#include "query/query.h"

namespace sluice::api {

/// What a query is asked with, its tables left out: the JSON body `{sql, parameters?, limit?,
/// timeout_ms?, format?, formulas?}`. The format comes from there, or `?format=`, or the Accept
/// header. Errors: `bad_query_body` (names the field), `query_parameters`.
Result<query::QueryRequest> query_of_body(http::Request& request);

/// The same from `?sql=&limit=&timeout_ms=&format=&formulas=`.
Result<query::QueryRequest> query_of_url(const http::Request& request);

}  // namespace sluice::api
