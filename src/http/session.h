#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>

#include "http/pool.h"
#include "http/server.h"

namespace sluice::http {

class Session;

/// What all connections of one server share.
struct ServerCore {
  ServerCore(ServerOptions options_in, Router router_in)
      : options(std::move(options_in)),
        router(std::move(router_in)),
        pool(options.blocking_threads, options.blocking_queue_max) {}

  const ServerOptions options;
  const Router router;
  Pool pool;
  std::atomic<bool> draining{false};

  std::mutex mutex;
  std::condition_variable changed;
  std::set<Session*> sessions;  ///< Each removes itself before it dies.

  /// The answer to an error that the server finds itself, by the hook where there is one.
  Response error_response(const Request& request, int status, const Error& error) const;
  Response exception_response(const Request& request, const std::string& what) const;
};

}  // namespace sluice::http
