#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/result.h"
#include "http/client.h"
#include "mcp/tool.h"

namespace sluice::mcp_tools {

/// Where the Parquet files come from.
struct Source {
  std::string api_url;
  std::string key;  ///< MCP_API_KEY.
};

/// One file that is wanted.
struct WantedFile {
  std::string name;    ///< Below /internal/storage/datasets/.
  std::string sha256;  ///< Lower-case hex.
  std::int64_t bytes = 0;
};

/// The stored Parquet files, by the API's internal route. Threads: safe.
class ApiFiles {
 public:
  /// `client` must outlive this.
  ApiFiles(http::Client& client, Source source) : client_(client), source_(std::move(source)) {}

  /// Writes the file to `target`, which must not be there, and tells `call` of the progress. A
  /// stopped call ends it with `cancelled`. Errors: `unavailable` (`api_unreachable`: goes on by
  /// itself when the API is back), `permission_denied` (`mcp_key_mismatch`), `not_found`
  /// (`file_not_found`), `data_loss` (`data_damaged` where the API found its file damaged,
  /// `landed_file_damaged` where other bytes came), `resource_exhausted` (`disk_full`). Whatever
  /// was written of the file stays there, for the caller to remove.
  Result<void> fetch(mcp::ToolCall& call, const WantedFile& file,
                     const std::filesystem::path& target);

 private:
  http::Client& client_;
  const Source source_;
};

}  // namespace sluice::mcp_tools
