#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "http/client.h"
#include "lakehouse/databricks/connection.h"

namespace sluice::lakehouse::databricks {

/// What must be known of a host before it is called.
struct HostConfig {
  /// Sent as `X-Databricks-Workspace-Id`; empty: the host is that of one workspace.
  std::string workspace_id;
  std::string token_url;  ///< Where a service principal of Databricks gets its tokens.
};

/// Asks the host about itself once per process, without a token: `/.well-known/databricks-config`,
/// as the official clients do. An account-wide host, which serves many workspaces, names there the
/// one that it takes us for, and where tokens are. A host without that answer is a plain one.
/// Threads: safe; one asks, the others wait.
class HostConfigSource {
 public:
  /// Both must outlive this.
  HostConfigSource(http::Client& client, const Connection& connection)
      : client_(client), connection_(connection) {}

  /// Where the host cannot be reached: what the settings say, and the next call asks again.
  /// `calls` grows by what was sent.
  HostConfig get(const std::stop_token& stop, std::int64_t& calls);

 private:
  HostConfig from_settings() const;

  http::Client& client_;
  const Connection& connection_;
  std::mutex mutex_;
  std::optional<HostConfig> known_;
};

}  // namespace sluice::lakehouse::databricks
