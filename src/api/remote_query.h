#pragma once

#include <optional>
#include <string>

#include "api/context.h"
#include "query/query.h"

namespace sluice::api {

/// Tables of the lakehouse that are not on this machine, among those that a query names.
///
/// The engine plans the query over empty stand-ins first; what its scans then want of a table
/// (columns, filters, a limit) is asked of the lakehouse and brought into a file, which is what the
/// query reads. Files live as long as the request that names them. The caller holds one of the
/// places for it (Context::remote_slots). Errors: those of the lakehouse; `remote_too_large`;
/// `query_deadline` where the warehouse takes longer than the query may.
Result<void> add_remote_tables(Context& context, query::QueryRequest& wanted,
                               const std::stop_token& stop);

/// The same for `EXPLAIN` without ANALYZE: nothing is fetched; the answer is the plan with a node
/// `REMOTE` for each table, which says what would be sent. Nothing where the SQL is no such.
Result<std::optional<http::Response>> explain_remote(Context& context,
                                                     const query::QueryRequest& wanted,
                                                     const std::stop_token& stop);

/// Whether the SQL names any.
bool names_remote_tables(const Context& context, const query::QueryRequest& wanted);

}  // namespace sluice::api
