#pragma once

#include <atomic>
#include <condition_variable>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "base/fair_slots.h"
#include "http/server.h"
#include "http/threads.h"

namespace sluice::http {

class Session;

/// What all connections of one server share.
struct ServerCore {
  ServerCore(ServerOptions options_in, Router router_in);

  const ServerOptions options;
  const Router router;
  FairSlots short_work;    ///< Handlers, unless they ask for other places.
  FairSlots whole_bodies;  ///< Small bodies that are being received: each is held in memory.
  FairSlots file_pieces;   ///< Reads from the disk for answers that are files.
  Threads threads;
  std::atomic<bool> draining{false};

  std::mutex mutex;  ///< For what follows; held for moments, by io threads too.
  std::condition_variable changed;
  std::set<Session*> sessions;                 ///< Each removes itself before it dies.
  std::map<std::string, std::size_t> of_peer;  ///< How many connections an address has.
  std::list<Session*> idle;                    ///< Those without a request, the longest idle first.

  /// Cuts the connection that has been without a request for longest, of the peer that has most.
  /// False where none is without one.
  bool cut_idlest();

  /// The answer to an error that the server finds itself, by the hook where there is one.
  Response error_response(const Request& request, int status, const Error& error) const;
  Response exception_response(const Request& request, const std::string& what) const;
};

}  // namespace sluice::http
