#pragma once

#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "base/error.h"
#include "lakehouse/contract/tool_calls.h"
#include "mcp/tool.h"
#include "metadata/records.h"
#include "sync/want.h"
#include "wire/json.h"

namespace sluice::sync {

// What goes to the MCP tools of docs/mcp.md and what comes back, by lakehouse/contract/.

lakehouse::BeginArguments begin_arguments(const WorkflowWant& want);
lakehouse::BronzeArguments bronze_arguments(const WorkflowWant& want, Micros asked_at_us,
                                            const DatasetVersion& version);
/// Error: `invalid_argument` (`bad_plan`).
Result<lakehouse::SilverArguments> silver_arguments(const WorkflowWant& want, Micros asked_at_us,
                                                    const DatasetVersion& version);
lakehouse::DropArguments drop_arguments(const WorkflowWant& want, Micros asked_at_us);

Error no_answer_of(std::string_view tool, const std::string& why);

/// What a tool answered, if it is what this worker takes for an answer: `internal`
/// (`lakehouse_answer_invalid`), a defect, where an MCP server of another version, or another
/// program, says something else.
template <typename Answer>
Result<Answer> answer_in(std::string_view tool, const mcp::ToolResult& result) {
  if (!result.structured) return fail(no_answer_of(tool, "it has no structured content."));
  Result<Answer> answer = wire::from_object<Answer>(*result.structured);
  if (!answer) return fail(no_answer_of(tool, answer.error().detail));
  return answer;
}

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
