#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "base/result.h"
#include "duckdb/database.h"
#include "query/worker/sql_check.h"
#include "query/worker/sql_tree.h"

namespace sluice::query {

// `information_schema.tables` and `.columns`, and SHOW TABLES, which asks them. The engine's own
// stay out of reach: what a statement means by these names are two views of ours, made for one run
// in a schema of ours, over what the caller says that may be queried.

/// Whether it is one of the two.
bool is_listing_table(const std::vector<std::string_view>& name);
/// Whether the statement names one.
bool names_listing(const SqlTree& tree);

/// SHOW TABLES, SHOW ALL TABLES and a bare DESCRIBE as the queries that they mean. `read` gives the
/// tree of a text of ours.
Result<void> expand_shows(SqlTree& tree,
                          const std::function<Result<SqlTree>(const std::string&)>& read);

/// The same with our views in their place, and those in what may be named. The tree is then no more
/// that of `engine_sql`.
void redirect_to_listing(boost::json::value& select);
void allow_listing(AllowedTables& allowed);

/// Makes the views. `tables` as wire.h has Job::listing; where it is empty, of what the engine has.
/// In a transaction, which takes them away again. Errors: `query_internal`, `query_memory`.
Result<void> make_listing(duckdb::Connection& connection, const std::string& tables);

}  // namespace sluice::query
