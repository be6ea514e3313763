#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "lakehouse/remote_tables.h"

namespace sluice::federation {

/// What a query needs of each table, read from the engine's plan (`EXPLAIN (FORMAT json)`) over
/// empty stand-ins whose columns are called by planned_name: the columns of its scan, and those of
/// the scan's filters that are understood. What is not understood is not sent: the query is asked
/// of what comes in any case. A table that no scan can be told to be is counted only; of a plan
/// that cannot be read (the engine has no JSON of it, or it is too deep) each is wanted whole.
/// Pure; names of the plan's nodes are those of the engine's version.
std::vector<lakehouse::RemoteScan> scans_of(const boost::json::value& plan,
                                            const std::string& prefix,
                                            const std::vector<lakehouse::RemoteTable>& tables);

/// The plan's name of a scan of a stand-in.
inline constexpr std::string_view scan_name = "READ_PARQUET";

}  // namespace sluice::federation
