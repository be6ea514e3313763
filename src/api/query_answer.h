#pragma once

#include "api/context.h"
#include "base/result.h"
#include "http/message.h"
#include "query/query.h"

namespace sluice::api {

/// Runs the query and answers in its format: a small answer whole, with its length; a larger one as
/// a stream, for which memory stays the same whatever its size. What goes wrong after the first
/// rows cuts the connection, so that nothing that looks whole is not. Errors: those of
/// query::WorkerPool::run; `exports_busy`.
Result<http::Response> answer_query(Context& context, const http::Request& request,
                                    const query::QueryRequest& wanted);

}  // namespace sluice::api
