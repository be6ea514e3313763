#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "query/worker/sql_tree.h"

namespace sluice::query {

/// Names that a statement may select from, lower case, their parts joined by a line break (which
/// keeps `a.b` as one part apart from `a`.`b`).
using AllowedTables = std::set<std::string>;

/// A name's parts as one entry of AllowedTables.
std::string table_key(const std::vector<std::string_view>& name);

/// Whether the statement may be bound. Tables must be in `allowed` or a CTE in scope, table
/// functions on a list of harmless ones, other functions not on a list of those that reach
/// settings, the catalog, the log or the clock. Errors: `query_not_allowed`, `query_table_unknown`.
Result<void> check_sql(const SqlTree& tree, const AllowedTables& allowed);

/// True for a function that a query must not call; lower case. For the test that compares the list
/// with what the engine has.
bool is_denied_function(std::string_view name);
bool is_allowed_table_function(std::string_view name);

}  // namespace sluice::query
