#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/message.h"

namespace sluice::http {

/// One outgoing call. Redirects are not followed; only http and https are spoken.
struct ClientRequest {
  std::string method = "GET";
  std::string url;
  Headers headers;
  std::string body;
  /// Sends this part of a file instead of `body`, in constant memory; a length of 0 means to the
  /// end.
  std::optional<FileRange> upload;
  /// What surrounds the file in the body: a form's part headers and its end.
  std::string upload_prefix;
  std::string upload_suffix;
  /// Bytes handed over so far and in all, with `upload`; on the calling thread, often.
  std::function<void(std::uint64_t sent, std::uint64_t total)> on_sent;

  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds deadline{60'000};  ///< For everything; 0 = none.
  /// Abort as unavailable when slower than this over `low_speed_time`; a time of 0 = never.
  std::uint64_t low_speed_bytes_per_s = 1;
  std::chrono::seconds low_speed_time{60};
  std::size_t response_bytes_max = 16U << 20;  ///< For a body kept in memory; above it too_large.
  /// Where a kept connection breaks before the answer, libcurl sends the request a second time: not
  /// for what must be sent once.
  bool may_reuse_connection = true;
  std::stop_token stop_token;
  std::string ca_file;  ///< Instead of the system's certificates; empty = the system's.
};

/// Any status is a response; only a call without one is an Error.
struct ClientResponse {
  int status = 0;
  Headers headers;
  std::string body;  ///< Empty where it was streamed.
  std::uint64_t body_bytes = 0;
};

/// Receives a streamed body. Both may be empty; an error returned ends the call with it.
struct ClientStream {
  /// The status and the headers, before the first chunk.
  std::function<Result<void>(const ClientResponse& head)> on_head;
  std::function<Result<void>(std::string_view chunk)> on_chunk;
  /// About five times a second, also in silence: for stall clocks and heartbeats.
  std::function<Result<void>()> on_tick;
};

/// A blocking HTTP client that keeps connections alive between calls. Thread-safe.
/// Errors: unavailable (`connection_refused`, `name_not_resolved`, `connection_reset`, `stalled`,
/// `tls_failed`), deadline_exceeded (`http_deadline`), cancelled (`http_cancelled`), too_large
/// (`response_too_large`), invalid_argument (`bad_url`). They name host and port, never a header, a
/// path or a query.
class Client {
 public:
  explicit Client(std::string user_agent = "sluice");
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// The whole response in memory.
  Result<ClientResponse> send(const ClientRequest& request);
  /// A 2xx body goes to `fd`; any other body to `ClientResponse::body`, at most 64 KiB of it.
  /// `on_bytes` sees each piece written (hash, progress). The caller owns `fd` and syncs it.
  Result<ClientResponse> send_to_file(const ClientRequest& request, int fd,
                                      const std::function<void(std::string_view)>& on_bytes = {});
  /// The body in pieces as they arrive, for event streams.
  Result<ClientResponse> stream(const ClientRequest& request, const ClientStream& stream);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sluice::http
