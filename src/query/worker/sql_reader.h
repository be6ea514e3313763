#pragma once

#include <duckdb.h>

#include <string>

#include <boost/json/value.hpp>

#include "base/result.h"
#include "query/worker/sql_tree.h"

namespace sluice::query {

// SQL into trees and back, by the engine's own parser. Nothing is bound, checked or run.

/// The tree of one SELECT. A PIVOT without named values, of which the engine would make several
/// statements, gets the name of a type in their place (SqlTree::pivot_types); SHOW TABLES is what
/// it means, a query over information_schema. Errors: `query_syntax`, `query_not_allowed`.
Result<SqlTree> read_sql(duckdb_connection connection, const std::string& sql);

/// The text of such a tree. What the engine writes is read again: it has the same tree, or this is
/// `query_not_allowed`.
Result<std::string> write_sql(duckdb_connection connection, const boost::json::value& select);

}  // namespace sluice::query
