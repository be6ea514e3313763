#pragma once

#include <set>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice::query {

/// Names that a statement may select from, lower case, their parts joined by a line break (which
/// keeps `a.b` as one part apart from `a`.`b`).
using AllowedTables = std::set<std::string>;

/// `parts` as one entry of AllowedTables; empty parts are left out.
std::string table_key(std::initializer_list<std::string_view> parts);

struct CheckedSql {
  bool has_limit = false;  ///< The outermost query has a LIMIT of its own.
};

/// Walks the tree that `json_serialize_sql` makes of one SELECT. Base tables must be in `allowed`
/// or a CTE in scope, table functions on a list of harmless ones, other functions not on a list of
/// those that reach settings, the catalog, the log or the clock. Positions are those of `sql`.
/// Errors: `query_not_allowed`, `query_table_unknown`, `query_syntax`.
Result<CheckedSql> check_sql_tree(std::string_view serialized, std::string_view sql,
                                  const AllowedTables& allowed);

/// True for a function that a query must not call; lower case. For the test that compares the list
/// with what the engine has.
bool is_denied_function(std::string_view name);
bool is_allowed_table_function(std::string_view name);

}  // namespace sluice::query
