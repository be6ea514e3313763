#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "http/message.h"
#include "http/router.h"

namespace sluice::http {

/// One finished exchange, for the access log and the metrics.
struct Access {
  std::string method;
  std::string path;   ///< Without the query, which may hold data.
  std::string route;  ///< The pattern; empty when none matched.
  int status = 0;     ///< 0 when the client left before the answer.
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::chrono::microseconds duration{0};
  std::string request_id;
  std::string remote_address;
};

struct ServerOptions {
  std::string listen = "127.0.0.1:8001";  ///< `host:port`, `[::1]:port`; port 0 takes a free one.
  unsigned io_threads = 2;
  unsigned blocking_threads = 16;       ///< Handlers at a time that have asked for no other place.
  unsigned blocking_owner_max = 0;      ///< Of one owner; 0: as many as there are.
  unsigned blocking_reserve = 0;        ///< The last of them, for owners that have none.
  std::size_t blocking_queue_max = 64;  ///< Waiting requests; above it 503 with Retry-After.
  std::size_t blocking_queue_owner_max = 0;         ///< Of one owner; 0: as many as there may be.
  std::chrono::milliseconds turn_deadline{30'000};  ///< For a handler's first turn; then 503.
  std::size_t threads_max = 512;  ///< In all: short work, and what waits in places of its own.
  std::uint64_t body_bytes_max = 16U << 20;
  std::uint32_t header_bytes_max = 32U << 10;  ///< Request line and headers together; above it 431.
  /// As far as the process may open so many descriptors besides its files. Above it the connection
  /// that has been without a request for longest makes room, or the new one is closed at once.
  std::size_t connections_max = 4096;
  std::chrono::milliseconds first_byte_deadline{5'000};  ///< Of a new connection.
  std::chrono::milliseconds header_deadline{10'000};  ///< For the whole head: cuts slow-loris off.
  std::chrono::milliseconds idle_deadline{75'000};    ///< Keep-alive between two requests.
  /// For a small body as a whole (RouteOptions::whole_body_bytes_max), its turn included; then 408.
  std::chrono::milliseconds whole_body_deadline{20'000};
  std::size_t whole_bodies_max = 256;  ///< Received at a time, of one owner half of them.
  /// Without a byte of the body. On the whole a client must also keep above 1 KiB/s.
  std::chrono::milliseconds read_deadline{30'000};
  std::chrono::milliseconds write_deadline{
      30'000};  ///< For one piece (at most 256 KiB) of the answer.

  /// Who sends this request, as far as that is known without waiting, for the fairness of its turn;
  /// empty where it is not, and then the peer's address counts. Proves nothing. On an io thread.
  std::function<std::string(const Request&)> owner_hint;
  /// Called on an io thread once an exchange is over; must not block.
  std::function<void(const Access&)> on_access;
  /// The body of an error that the server itself finds (400, 404, 405, 431, 503; not a passed
  /// deadline: that cuts); plain text without it. The status is set by the server afterwards.
  std::function<Response(const Request&, int status, const Error&)> on_error;
  /// A handler threw: log it and answer; without it a log line and `on_error` with a 500.
  std::function<Response(const Request&, const std::string& what)> on_exception;
};

/// An HTTP/1.1 server. Sockets live on the io threads; handlers are plain blocking functions on
/// threads, which they hold while they work and not while they wait for their turn (Later). All
/// methods may be called from any thread, but not from a handler.
class Server {
 public:
  /// Listens and serves at once. Errors: conflict `port_taken`, invalid_argument
  /// `bad_listen_address`, permission_denied `port_forbidden`.
  static Result<std::unique_ptr<Server>> start(ServerOptions options, Router router);
  /// Drains with no patience, then waits for the handlers that still run.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t port() const;
  const Router& router() const;
  /// Stops accepting, lets running requests finish, closes. What is left after `timeout` is cut off
  /// (its stop token stops); true if nothing was. May be called again.
  bool drain(std::chrono::milliseconds timeout);

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sluice::http
