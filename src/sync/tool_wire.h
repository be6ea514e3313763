#pragma once

#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "base/error.h"
#include "metadata/records.h"
#include "sync/want.h"

namespace sluice::sync {

// What goes to the MCP tools of docs/mcp.md and what comes back. The readers throw where an answer
// is none of theirs: it passed the tool's output schema.

/// What both sync_dataset and transform_to_silver take.
boost::json::object table_arguments(const metadata::Want& want, const DatasetVersion& version);
/// Only tables on this machine can be read by queries here, and only they are catalogued.
bool is_local(const boost::json::object& table);
metadata::LakehouseTable catalogue_row(const WorkflowWant& want, const char* schema,
                                       const std::string& table_name,
                                       const boost::json::object& table);
/// The table's three-part name is one of the want's tenant, and ends in its table name and
/// `suffix`.
bool is_table_of(const metadata::Want& want, const boost::json::object& table,
                 std::string_view suffix);
/// All 0 where `_meta` says nothing of it.
SyncCost cost_in(const boost::json::object& meta);
/// Whose move it is: `last_sync_error_class` of the status (docs/sync.md).
const char* error_class_of(const Error& error);

}  // namespace sluice::sync
