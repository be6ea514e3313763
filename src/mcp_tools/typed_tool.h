#pragma once

#include <string>
#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "dataset/sync_cost.h"
#include "mcp/error_codes.h"
#include "mcp/tool.h"
#include "wire/dataset_forms.h"
#include "wire/json.h"
#include "wire/schema.h"

namespace sluice::mcp_tools {

/// Logs how a call ended, and puts its cost into the result's `_meta`.
mcp::ToolResult finished(const std::string& tool, const mcp::ToolCall& call, const SyncCost& cost,
                         Result<boost::json::object> answer);

/// A tool whose arguments and answer are values with a form (wire/form.h): both schemas are made of
/// it. `function` is called as `Result<Answer>(mcp::ToolCall&, const Arguments&, SyncCost&)`, by
/// several threads at a time.
template <typename Arguments, typename Answer, typename Function>
mcp::Tool typed_tool(mcp::Tool tool, Function function) {
  tool.input_schema = boost::json::serialize(wire::closed_schema_of<Arguments>());
  tool.output_schema = boost::json::serialize(wire::schema_of<Answer>());
  tool.handler = [name = tool.name, function = std::move(function)](mcp::ToolCall& call) {
    SyncCost cost;
    const auto run = [&]() -> Result<boost::json::object> {
      const Result<Arguments> arguments = wire::from_json<Arguments>(call.arguments);
      if (!arguments) {
        return fail(Errc::invalid_argument, mcp::Code::bad_arguments, arguments.error().detail,
                    "Look at the tool's input schema.");
      }
      TRY_ASSIGN(const Answer answer, function(call, *arguments, cost));
      return wire::to_object(answer);
    };
    Result<boost::json::object> answer = run();
    return finished(name, call, cost, std::move(answer));
  };
  return tool;
}

}  // namespace sluice::mcp_tools
