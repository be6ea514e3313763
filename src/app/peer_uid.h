#pragma once

#include <netinet/in.h>

#include <optional>

#include "base/files.h"
#include "base/result.h"

namespace sluice::app {

/// Says whose process is at the other end of a TCP connection on this machine. It asks the kernel
/// (NETLINK_SOCK_DIAG) about the network namespace in which it was opened, also after the process
/// has left that. One thread at a time.
class PeerUids {
 public:
  /// `unavailable` where the kernel has no such answers.
  static Result<PeerUids> open();

  /// The user that made the socket `peer`, which is connected to our `local`; nothing where it is
  /// gone, or where it was closed: the kernel then names root for whoever it was.
  std::optional<uid_t> find(const sockaddr_in& peer, const sockaddr_in& local) const;

 private:
  explicit PeerUids(FileDescriptor netlink) : netlink_(std::move(netlink)) {}
  FileDescriptor netlink_;
};

}  // namespace sluice::app
