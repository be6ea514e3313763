#pragma once

#include <string>

#include "base/result.h"
#include "http/client.h"
#include "lakehouse/lakehouse.h"
#include "mcp/server.h"

namespace sluice::mcp_tools {

/// Where the Parquet files come from.
struct Source {
  std::string api_url;
  std::string key;  ///< MCP_API_KEY.
};

/// The tools of docs/mcp.md over a lakehouse. Threads: safe for concurrent use, as the lakehouse
/// is.
class Tools {
 public:
  /// `lakehouse` and `client` must outlive the MCP server that the tools are added to, and so must
  /// this.
  Tools(lakehouse::Lakehouse& lakehouse, http::Client& client, Source source)
      : lakehouse_(lakehouse), client_(client), source_(std::move(source)) {}

  Result<void> add_to(mcp::Server& server);

 private:
  Result<boost::json::object> sync_dataset(mcp::ToolCall& call, SyncCost& cost);
  Result<boost::json::object> transform_to_silver(mcp::ToolCall& call, SyncCost& cost);
  Result<boost::json::object> drop_tables(mcp::ToolCall& call, SyncCost& cost);
  Result<void> download(mcp::ToolCall& call, const std::string& file_name,
                        const std::string& sha256, std::int64_t file_bytes,
                        const std::filesystem::path& target);

  lakehouse::Lakehouse& lakehouse_;
  http::Client& client_;
  Source source_;
};

}  // namespace sluice::mcp_tools
