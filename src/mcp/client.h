#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "base/result.h"
#include "mcp/tool.h"

namespace sluice::mcp {

struct ClientOptions {
  std::string url;  ///< `http://127.0.0.1:8003/mcp`
  std::string key;  ///< Sent as a bearer token; never in an error.
  std::string name = "sluice";
  std::string version = "0.1.0";
  std::chrono::milliseconds connect_timeout{10'000};
  /// An event stream without a byte for this long is a dead server: three missed signs of life.
  std::chrono::milliseconds silence_max{45'000};
  std::size_t answer_bytes_max = 4U << 20;  ///< For the answer as a whole, and for one event.
};

struct CallOptions {
  std::chrono::milliseconds deadline{60'000};  ///< 0 = none.
  std::stop_token stop_token;                  ///< Closes the connection, which cancels the tool.
  /// Asks for progress when set.
  std::function<void(double progress, std::optional<double> total, const std::string& message)>
      on_progress;
  /// Each time the server showed life while we waited; for heartbeats. Called by the calling
  /// thread.
  std::function<void()> on_alive;
};

/// What tools/list tells of a tool.
struct ToolInfo {
  std::string name;
  std::string title;
  std::string description;
  boost::json::object input_schema;
};

/// An MCP client of the modern revision (2026-07-28), stateless. Thread-safe; calls block.
/// Errors: unavailable (not reachable, reset, silent, 5xx, 429), unauthenticated (401),
/// permission_denied (403), deadline_exceeded, cancelled, invalid_argument (`mcp_invalid_params`:
/// also an unknown tool; `mcp_refused`), too_large, internal (`mcp_bad_answer`).
class Client {
 public:
  explicit Client(ClientOptions options);
  ~Client();

  /// A tool that failed is a ToolResult with `error` set, not an Error of the call.
  Result<ToolResult> call_tool(const std::string& name, const boost::json::object& arguments,
                               const CallOptions& options = {});
  Result<std::vector<ToolInfo>> list_tools(const CallOptions& options = {});

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sluice::mcp
