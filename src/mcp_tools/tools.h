#pragma once

#include "base/result.h"
#include "lakehouse/contract/tool_calls.h"
#include "lakehouse/lakehouse.h"
#include "mcp/server.h"
#include "mcp_tools/api_files.h"

namespace sluice::mcp_tools {

/// The tools of docs/mcp.md over a lakehouse. Threads: safe for concurrent use, as the lakehouse
/// is.
class Tools {
 public:
  /// `lakehouse` and `client` must outlive the MCP server that the tools are added to, and so must
  /// this.
  Tools(lakehouse::Lakehouse& lakehouse, http::Client& client, Source source)
      : lakehouse_(lakehouse), files_(client, std::move(source)) {}

  Result<void> add_to(mcp::Server& server);

 private:
  Result<lakehouse::BeginAnswer> begin_sync(mcp::ToolCall& call,
                                            const lakehouse::BeginArguments& arguments,
                                            SyncCost& cost);
  Result<lakehouse::BronzeAnswer> sync_dataset(mcp::ToolCall& call,
                                               const lakehouse::BronzeArguments& arguments,
                                               SyncCost& cost);
  Result<lakehouse::SilverAnswer> transform_to_silver(mcp::ToolCall& call,
                                                      const lakehouse::SilverArguments& arguments,
                                                      SyncCost& cost);
  Result<lakehouse::DropAnswer> drop_tables(mcp::ToolCall& call,
                                            const lakehouse::DropArguments& arguments,
                                            SyncCost& cost);

  lakehouse::Lakehouse& lakehouse_;
  ApiFiles files_;
};

}  // namespace sluice::mcp_tools
