#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "lakehouse/remote_tables.h"

namespace sluice::api {

/// How column `column` of table `table` is called in the engine's plan: by a name that no SQL can
/// guess, since the plan says neither which file a scan reads nor whose a column is.
std::string planned_name(const std::string& prefix, std::size_t table, std::size_t column);

/// What a query needs of each table, read from the engine's plan (`EXPLAIN (FORMAT json)`) over
/// empty stand-ins whose columns are called by planned_name: the columns of its scan, and those of
/// the scan's filters that are understood. What is not understood is not sent: the query is asked
/// of what comes in any case. A table that no scan can be told to be is counted only.
std::vector<lakehouse::RemoteScan> scans_of(const boost::json::value& plan,
                                            const std::string& prefix,
                                            const std::vector<lakehouse::RemoteTable>& tables);

/// Rows that suffice where the plan gives a table's rows as they come and the SQL ends with LIMIT
/// n; or, where it has no LIMIT, `row_limit` and one. Nothing where that is not certain.
std::optional<std::int64_t> rows_needed(const boost::json::value& plan, std::string_view sql,
                                        std::int64_t row_limit);

}  // namespace sluice::api
