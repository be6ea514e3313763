#pragma once

#include <functional>
#include <string>

#include <boost/json/value.hpp>

#include "base/result.h"
#include "cli/commands.h"
#include "http/client.h"

namespace sluice::cli {

/// An answer, parsed and as it came: numbers in `body` are exact, those in `value` may not be.
struct Answer {
  boost::json::value value;
  std::string body;
};

/// Requests to the API with the token; answers as JSON. A problem+json answer becomes an Error
/// whose `code` is the problem's, with the request id at the end of its detail. A server that is
/// away is `unavailable`. Calls block; one thread.
class ApiClient {
 public:
  explicit ApiClient(const Connection& connection) : connection_(connection) {}

  /// `body` is JSON, or empty.
  Result<Answer> call(const std::string& method, const std::string& path,
                      const std::string& body = {});
  /// One request as it is given, with the token; a status that is no success becomes an Error as
  /// above.
  Result<http::ClientResponse> send(http::ClientRequest request);
  std::string url_of(const std::string& path) const { return connection_.api_url + path; }
  /// Sends the file, or its first `bytes` where that is not 0, as the part `file` of a form, in
  /// constant memory. `on_sent` gets bytes sent and in all.
  Result<Answer> send_file(const std::string& path, const UploadOptions& options,
                           std::function<void(std::uint64_t, std::uint64_t)> on_sent,
                           std::uint64_t bytes = 0);

 private:
  Result<Answer> exchange(http::ClientRequest request);
  const Connection& connection_;
  http::Client http_{"sluice-cli"};
};

}  // namespace sluice::cli
