#include "app/peer_uid.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "app/error_codes.h"

namespace sluice::app {
namespace {

struct Request {
  nlmsghdr header{};
  inet_diag_req_v2 body{};
};

/// The one socket that is `source`, connected to `target`; nothing where there is none.
std::optional<inet_diag_msg> ask(int netlink, const sockaddr_in& source,
                                 const sockaddr_in& target) {
  Request request;
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.header.nlmsg_flags = NLM_F_REQUEST;
  request.body.sdiag_family = AF_INET;
  request.body.sdiag_protocol = IPPROTO_TCP;
  request.body.idiag_states = ~0U;
  request.body.id.idiag_sport = source.sin_port;
  request.body.id.idiag_dport = target.sin_port;
  request.body.id.idiag_src[0] = source.sin_addr.s_addr;
  request.body.id.idiag_dst[0] = target.sin_addr.s_addr;
  request.body.id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
  request.body.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
  if (::send(netlink, &request, sizeof request, 0) < 0) return std::nullopt;
  alignas(nlmsghdr) char answer[4096];
  const ssize_t got = ::recv(netlink, answer, sizeof answer, 0);
  nlmsghdr header{};
  inet_diag_msg message{};
  if (got < static_cast<ssize_t>(NLMSG_HDRLEN + sizeof message)) return std::nullopt;
  std::memcpy(&header, answer, sizeof header);
  if (header.nlmsg_type != SOCK_DIAG_BY_FAMILY) return std::nullopt;
  std::memcpy(&message, &answer[NLMSG_HDRLEN], sizeof message);
  return message;
}

}  // namespace

Result<PeerUids> PeerUids::open() {
  FileDescriptor netlink(::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  if (!netlink) return fail(error_from_errno(errno, "Cannot ask who connects:", "sock_diag"));
  const timeval second{1, 0};
  ::setsockopt(netlink.get(), SOL_SOCKET, SO_RCVTIMEO, &second, sizeof second);
  PeerUids uids(std::move(netlink));
  // Tried on a connection to ourselves: a kernel may lack the part for TCP.
  const FileDescriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const FileDescriptor client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  sockaddr_in peer{};
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  const bool connected =
      ::bind(listener.get(), generic, sizeof address) == 0 && ::listen(listener.get(), 1) == 0 &&
      ::getsockname(listener.get(), generic, &length) == 0 &&
      ::connect(client.get(), generic, sizeof address) == 0 &&
      ::getsockname(client.get(), reinterpret_cast<sockaddr*>(&peer), &length) == 0;
  if (!connected || uids.find(peer, address) != ::geteuid()) {
    return fail(Errc::unavailable, Code::no_sock_diag,
                "The kernel does not say whose process is at the other end of a connection.");
  }
  return uids;
}

std::optional<uid_t> PeerUids::find(const sockaddr_in& peer, const sockaddr_in& local) const {
  const std::optional<inet_diag_msg> socket = ask(netlink_.get(), peer, local);
  if (!socket || socket->idiag_state != TCP_ESTABLISHED || socket->idiag_inode == 0) return {};
  // A listener on the peer's port would be found as well, and is not the peer.
  if (socket->id.idiag_sport != peer.sin_port || socket->id.idiag_dport != local.sin_port)
    return {};
  return socket->idiag_uid;
}

}  // namespace sluice::app
