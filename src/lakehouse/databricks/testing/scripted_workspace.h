#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "http/server.h"
#include "lakehouse/databricks/connection.h"

namespace sluice::lakehouse::databricks {

/// A workspace on loopback that answers as a test says, and keeps what it was asked. What no test
/// spoke of is 404. Threads: safe.
class ScriptedWorkspace {
 public:
  struct Reply {
    int status = 200;
    std::string body = "{}";
    std::vector<std::pair<std::string, std::string>> headers = {};
  };
  struct Call {
    std::string method;
    std::string target;  ///< With the query.
    std::string body;
    http::Headers headers;
  };

  ScriptedWorkspace();

  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }
  /// With a token; the warehouse is `w`.
  Connection connection() const;
  /// Replies to the calls of that method and path (without the query), in order; the last one to
  /// all further ones. Replaces what was said before.
  void on(const std::string& method, const std::string& path, std::vector<Reply> replies);
  /// All calls so far, but for that to `/.well-known/`.
  std::vector<Call> calls() const;
  /// Their methods and paths: `GET /api/…`.
  std::vector<std::string> lines() const;
  /// The bodies of those of that method and path.
  std::vector<std::string> bodies(const std::string& method, const std::string& path) const;
  void forget_calls();

 private:
  http::Response answer(http::Request& request);

  mutable std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, std::vector<Reply>> replies_;
  std::vector<Call> calls_;
  std::unique_ptr<http::Server> server_;  ///< Last: its handlers use the rest.
};

}  // namespace sluice::lakehouse::databricks
