#pragma once

#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "base/error.h"
#include "lakehouse/contract/tool_calls.h"
#include "mcp/tool.h"
#include "metadata/records.h"
#include "sync/want.h"

namespace sluice::sync {

// What goes to the MCP tools of docs/mcp.md and what comes back, by lakehouse/contract/.

lakehouse::BronzeArguments bronze_arguments(const WorkflowWant& want, Micros asked_at_us,
                                            const DatasetVersion& version);
/// Error: `invalid_argument` (`bad_plan`).
Result<lakehouse::SilverArguments> silver_arguments(const WorkflowWant& want, Micros asked_at_us,
                                                    const DatasetVersion& version);
lakehouse::DropArguments drop_arguments(const WorkflowWant& want, Micros asked_at_us);

/// What a tool answered, if it is what this worker takes for an answer: `internal`
/// (`lakehouse_answer_invalid`), a defect, where an MCP server of another version, or another
/// program, says something else.
Result<boost::json::object> checked_answer(std::string_view tool, const mcp::ToolResult& result);

/// Only tables on this machine can be read by queries here, and only they are catalogued.
bool is_local(const std::string& lakehouse);
metadata::LakehouseTable catalogue_row(const WorkflowWant& want, const char* schema,
                                       const std::string& table_name,
                                       const lakehouse::TableState& table);
/// The table's three-part name is one of the want's tenant, and ends in its table name and
/// `suffix`.
bool is_table_of(const metadata::Want& want, const std::string& table, std::string_view suffix);
/// All 0 where `_meta` says nothing of it.
SyncCost cost_in(const boost::json::object& meta);
/// Whose move it is: `last_sync_error_class` of the status (docs/sync.md).
const char* error_class_of(const Error& error);

}  // namespace sluice::sync
