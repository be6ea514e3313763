#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include <boost/json/value.hpp>

#include "base/result.h"
#include "base/retry_policy.h"
#include "http/client.h"
#include "lakehouse/databricks/api_error.h"
#include "lakehouse/databricks/host_config.h"
#include "lakehouse/databricks/token_source.h"

namespace sluice::lakehouse::databricks {

/// What the work of one step came to, for the cost of a sync.
struct CallCount {
  std::int64_t rest_calls = 0;  ///< Answered or not; with those to cloud storage.
  std::int64_t bytes_sent = 0;  ///< Of files.
};

/// One call of a Databricks API.
struct RestCall {
  std::string method = "GET";
  std::string path;  ///< Encoded, with the query: `/api/2.1/unity-catalog/catalogs/x`.
  std::optional<boost::json::value> body = {};
  std::optional<http::FileRange> upload = {};  ///< Instead of a body.
  std::function<void(std::uint64_t sent, std::uint64_t total)> on_sent = {};
  /// Whether doing it twice is as good as once. A call that is not is repeated only where the
  /// server refused it (429, 503); a connection that breaks gives `answer_lost`.
  bool is_repeatable = true;
  std::chrono::milliseconds deadline{60'000};  ///< For one try; 0 = none, a stall ends it.
  std::chrono::seconds stalled_after{60};      ///< Silence of the server that ends one try.
  std::string doing;                           ///< For errors: "Making the catalog x".
  std::stop_token stop = {};
};

/// Whether the error is `answer_lost`: it may have been done or not.
bool is_lost(const Error& error);

/// The workspace's REST door: token, workspace, User-Agent, retries with a bound, errors with a
/// class. Repeats after a transport error, 408, 429, 5xx, at growing pauses or as Retry-After says,
/// within about a minute in all, or as it is told; after 401 and 403 once with a new token.
/// Threads: safe.
class Rest {
 public:
  /// How a call is repeated: what lasts longer is the workflow's to wait for.
  static constexpr RetryPolicy usual_retries{.first_interval = std::chrono::milliseconds(500),
                                             .max_interval = std::chrono::milliseconds(10'000),
                                             .deadline = std::chrono::milliseconds(60'000),
                                             .jitter = 0.25};

  /// `connection` must outlive this.
  explicit Rest(const Connection& connection, RetryPolicy retries = usual_retries);

  /// A 2xx answer's JSON; null for an empty body.
  Result<boost::json::value> call(const RestCall& call, CallCount& count);
  /// The 2xx answer itself.
  Result<http::ClientResponse> send(const RestCall& call, CallCount& count);
  /// The same without the token and to a whole URL: a presigned address of the cloud's storage.
  /// Any status is an answer; no retries.
  Result<http::ClientResponse> send_presigned(http::ClientRequest request, CallCount& count);
  /// Likewise into a file, which is the caller's.
  Result<http::ClientResponse> fetch_presigned(http::ClientRequest request, int fd,
                                               CallCount& count);

 private:
  Result<http::ClientResponse> send_once(const RestCall& call, const std::string& token,
                                         const std::string& workspace_id);
  Result<http::ClientResponse> send_with_token(const RestCall& call, CallCount& count);

  const Connection& connection_;
  const RetryPolicy retries_;
  http::Client client_;
  HostConfigSource host_;
  TokenSource tokens_;
};

}  // namespace sluice::lakehouse::databricks
