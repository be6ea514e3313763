#pragma once

#include <memory>
#include <stop_token>
#include <vector>

#include "api/answered.h"
#include "api/context.h"
#include "federation/federation.h"

namespace sluice::api {

// Both calls below are for a query whose `names` are not empty: else `Context::remote_tables` may
// be null. They block for as long as a warehouse takes.

/// The query as the room federation takes it. Its `names` are empty where nothing is elsewhere.
federation::FederatedQuery federated_query(const Context& context,
                                           const query::QueryRequest& request,
                                           const query::ParsedStatement& statement);

/// Brings the tables that are elsewhere, puts them into the request in place of what has their
/// names here, and records what it cost. The caller holds one of Context::remote_slots. Gives what
/// keeps the files: hold it until the query has read its tables. What failed is recorded too.
Result<std::shared_ptr<const void>> fetch_remote_tables(Context& context,
                                                        federation::FederatedQuery& query,
                                                        const std::stop_token& stop);

/// The plan, and what would be sent. Sends no statement.
Result<std::optional<query::QueryAnswer>> explain_remote_query(
    Context& context, const federation::FederatedQuery& query, const std::stop_token& stop);

/// Why the turn to fetch did not come.
Refusal remote_queries_busy();

}  // namespace sluice::api
