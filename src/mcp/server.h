#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "http/router.h"
#include "mcp/tool.h"

namespace sluice::mcp {

struct ServerOptions {
  std::string name = "sluice";
  std::string title = "Sluice";
  std::string version = "0.1.0";
  std::string instructions;
  std::string key;            ///< The bearer key; refused when empty unless `allow_no_key`.
  bool allow_no_key = false;  ///< Only for tests on loopback.
  /// Host names (without port) that a request may name: against DNS rebinding. Loopback names are
  /// always in.
  std::vector<std::string> allowed_hosts;
  /// Whole origins, `https://sluice.example:8443`, compared exactly. Loopback origins of any port
  /// are in.
  std::vector<std::string> allowed_origins;
  std::chrono::milliseconds json_wait{10'000};         ///< Then the answer becomes an event stream.
  std::chrono::milliseconds comment_interval{15'000};  ///< A sign of life on a silent event stream.
  std::chrono::milliseconds progress_interval{100};  ///< At most one progress message in this time.
};

/// An MCP server at POST /mcp: the modern revision 2026-07-28 and, without sessions, the handshake
/// revisions from 2025-03-26 to 2025-11-25. Filled, mounted, then read-only, and safe for
/// concurrent use from then on. Must outlive the HTTP server that it is mounted on.
class Server {
 public:
  /// Errors: invalid_argument `mcp_key_missing`.
  static Result<std::unique_ptr<Server>> create(ServerOptions options);
  ~Server();

  /// Errors: invalid_argument `bad_tool` (no name, schema not JSON or not an object), conflict
  /// `tool_exists`.
  Result<void> add(Tool tool);
  /// The registered tools: what the documentation is checked against.
  const std::vector<Tool>& tools() const;
  /// Adds /mcp and the /.well-known/ refusals.
  void mount(http::Router& router);
  /// Stops the running tools: for the end of the process, after the HTTP server's drain. (A legacy
  /// call is not cancelled by its connection's end.)
  void cancel_all();

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sluice::mcp
