#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <string>

#include "base/result.h"
#include "http/client.h"
#include "lakehouse/databricks/connection.h"

namespace sluice::lakehouse::databricks {

/// The bearer token of our calls: the personal access token as it is, or one by OAuth
/// machine-to-machine (client credentials, RFC 6749 4.4), which is fetched anew before it ends: of
/// the workspace for a service principal with a secret of Databricks, of Entra ID for one of Azure;
/// or one that the workspace gives for another identity provider's (token exchange, RFC 8693).
/// Threads: safe; one fetches, the others wait for it, or go on with the old one while that holds.
/// Errors: as to_error; `databricks_token` where the client is refused.
class TokenSource {
 public:
  using Clock = std::chrono::steady_clock;

  /// Both must outlive this.
  TokenSource(http::Client& client, const Connection& connection)
      : client_(client), connection_(connection) {}

  /// `token_url` is the workspace's.
  Result<std::string> token(const std::string& token_url, const std::stop_token& stop);
  /// The server refused this token. True where another one is to be had, so that the call is worth
  /// repeating once.
  bool reject(const std::string& token);

 private:
  struct Grant {
    std::string token;
    Clock::time_point renew_at{};    ///< From then on it is fetched anew.
    Clock::time_point expires_at{};  ///< From then on it is not used.
  };
  http::ClientRequest request_of(const std::string& token_url, const std::string& federated) const;
  Result<Grant> fetch(const std::string& token_url, const std::stop_token& stop) const;

  http::Client& client_;
  const Connection& connection_;
  std::mutex mutex_;
  std::condition_variable_any fetched_;
  bool fetching_ = false;
  Grant grant_;
};

}  // namespace sluice::lakehouse::databricks
