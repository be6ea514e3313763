#include "mcp_tools/typed_tool.h"

#include <string_view>

#include "base/log.h"

namespace sluice::mcp_tools {

namespace {

std::string text_at(const boost::json::object& arguments, std::string_view name) {
  const boost::json::value* value = arguments.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

}  // namespace

mcp::ToolResult finished(const std::string& tool, const mcp::ToolCall& call, const SyncCost& cost,
                         Result<boost::json::object> answer) {
  const std::string tenant = text_at(call.arguments, "tenant_id");
  const std::string table = text_at(call.arguments, "table_name");
  mcp::ToolResult result;
  if (answer) {
    log::info(tool, {{"request_id", call.request_id}, {"tenant", tenant}, {"table_name", table}});
    result = mcp::ToolResult::ok(std::move(*answer));
  } else {
    log::error(tool, {{"request_id", call.request_id},
                      {"tenant", tenant},
                      {"table_name", table},
                      {"code", answer.error().code.text()},
                      {"error", to_line(answer.error())}});
    result = mcp::ToolResult::failed(answer.error());
  }
  result.meta = boost::json::object{{mcp::meta_cost, wire::to_json(cost)}};
  return result;
}

}  // namespace sluice::mcp_tools
