#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "app/peer_uid.h"
#include "app/settings.h"
#include "base/files.h"
#include "base/result.h"

namespace sluice::app {

/// A port on loopback that passes bytes on to the same port of the network namespace that the
/// process has entered since, for users who may: a connection of anybody else is closed before a
/// byte of it is read. One thread, which `run` blocks in epoll; no data is looked at but the head
/// of a request to the page. Where it lets in one too many, whoever is on the machine starts
/// workflows.
class PortGate {
 public:
  /// Takes the ports at once, so that they are errors where they are taken (`port_taken`); nobody
  /// is let in yet.
  static Result<std::unique_ptr<PortGate>> open(AllowedUsers users);
  Result<void> add_port(int port, bool is_page);
  ~PortGate();
  PortGate(const PortGate&) = delete;
  PortGate& operator=(const PortGate&) = delete;

  /// Lets in and passes on. Each time `signals`, a signalfd, is readable, `is_over` is asked, which
  /// takes the signal.
  Result<void> run(int signals, const std::function<bool()>& is_over);

 private:
  struct Port {
    int number = 0;
    bool is_page = false;  ///< Speaks HTTP to browsers: a foreign Host is refused.
    FileDescriptor listener;
  };
  class Connection;
  PortGate(AllowedUsers users, PeerUids peers);
  void accept_from(const Port& port);
  bool may_enter(int socket);
  void watch(Connection& connection);
  void close(Connection& connection);

  AllowedUsers users_;
  PeerUids peers_;
  FileDescriptor epoll_;
  std::vector<std::unique_ptr<Port>> ports_;
  std::vector<std::unique_ptr<Connection>> connections_;
  bool has_refused_ = false;
};

/// Whether a request's head, as far as it has come, may go on to the page: nothing while that
/// cannot be told yet. Only names of loopback may be the Host: a foreign one is a web page's that
/// has its name point here.
std::optional<bool> is_head_for_loopback(std::string_view head);

}  // namespace sluice::app
