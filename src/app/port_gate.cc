#include "app/port_gate.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/ascii.h"
#include "base/log.h"
#include "http/host_check.h"

namespace sluice::app {
namespace {

constexpr std::size_t buffer_bytes = 64U << 10U;
/// Browsers send at most some thousand bytes of head; who sends more is none.
constexpr std::size_t head_bytes_max = 16U << 10U;
/// Each takes two descriptors of ours; a worker and an API hold a handful.
constexpr std::size_t connections_max = 400;
constexpr std::string_view refusal =
    "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

/// Bytes on their way from one socket to the other.
struct Flow {
  FileDescriptor* from = nullptr;
  FileDescriptor* to = nullptr;
  std::array<char, buffer_bytes> bytes{};
  std::size_t begin = 0;
  std::size_t end = 0;
  bool is_at_end = false;    ///< `from` sends no more.
  bool is_told_end = false;  ///< And `to` knows.

  bool is_empty() const { return begin == end; }

  /// Takes what is there and hands on what can be; false where the connection broke.
  bool move(bool may_read, bool may_write) {
    if (may_read && !is_at_end && end < bytes.size()) {
      const ssize_t got = ::recv(from->get(), &bytes.at(end), bytes.size() - end, 0);
      if (got < 0 && errno != EAGAIN && errno != EINTR) return false;
      if (got == 0) is_at_end = true;
      if (got > 0) end += static_cast<std::size_t>(got);
    }
    if (!may_write) return true;
    if (!is_empty()) {
      const ssize_t put = ::send(to->get(), &bytes.at(begin), end - begin, MSG_NOSIGNAL);
      if (put < 0 && errno != EAGAIN && errno != EINTR) return false;
      if (put > 0) begin += static_cast<std::size_t>(put);
    }
    if (is_empty()) {
      begin = end = 0;
      if (is_at_end && !is_told_end) {
        ::shutdown(to->get(), SHUT_WR);
        is_told_end = true;
      }
    }
    return true;
  }
};

}  // namespace

/// What epoll's events point at, beside ports.
class PortGate::Connection {
 public:
  Connection(FileDescriptor client_in, FileDescriptor server_in, bool is_page)
      : client(std::move(client_in)), server(std::move(server_in)), is_judged_(!is_page) {
    up_.from = down_.to = &client;
    up_.to = down_.from = &server;
  }

  /// False once it is over.
  bool advance() {
    if (!up_.move(true, is_judged_)) return false;
    if (!is_judged_) {
      const std::string_view head(up_.bytes.data(), up_.end);
      const std::optional<bool> verdict = is_head_for_loopback(head);
      if (verdict && !*verdict) {
        (void)::send(client.get(), refusal.data(), refusal.size(), MSG_NOSIGNAL);
        return false;
      }
      if (!verdict && (up_.is_at_end || up_.end >= head_bytes_max)) return false;
      is_judged_ = verdict.has_value();
      if (is_judged_ && !up_.move(false, true)) return false;
    }
    if (!down_.move(true, true)) return false;
    return !(up_.is_told_end && down_.is_told_end);
  }

  std::uint32_t client_events() const { return events_of(up_, down_); }
  std::uint32_t server_events() const { return events_of(down_, up_); }

  FileDescriptor client;
  FileDescriptor server;

 private:
  std::uint32_t events_of(const Flow& out, const Flow& in) const {
    std::uint32_t events = 0;
    if (!out.is_at_end && out.end < out.bytes.size()) events |= EPOLLIN;
    if (!in.is_empty() && (is_judged_ || &in == &down_)) events |= EPOLLOUT;
    return events;
  }
  Flow up_;
  Flow down_;
  bool is_judged_;
};

std::optional<bool> is_head_for_loopback(std::string_view head) {
  const std::size_t end = head.find("\r\n\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  const std::string fields = lowered(head.substr(0, end + 2));
  constexpr std::string_view field = "\r\nhost:";
  const std::size_t found = fields.find(field);
  if (found == std::string::npos || fields.find(field, found + 1) != std::string::npos) {
    return false;
  }
  std::string host = fields.substr(found + field.size());
  host.resize(host.find('\r'));
  host.erase(0, host.find_first_not_of(" \t"));
  host.resize(host.find_last_not_of(" \t") + 1);
  // The port may be another: a tunnel's.
  return http::is_loopback_name(http::without_port(host));
}

PortGate::PortGate(AllowedUsers users, PeerUids peers)
    : users_(std::move(users)), peers_(std::move(peers)), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {}
PortGate::~PortGate() = default;

Result<std::unique_ptr<PortGate>> PortGate::open(AllowedUsers users) {
  TRY_ASSIGN(PeerUids peers, PeerUids::open());
  std::unique_ptr<PortGate> gate(new PortGate(std::move(users), std::move(peers)));
  if (!gate->epoll_) return fail(error_from_errno(errno, "Cannot wait for", "connections"));
  return gate;
}

Result<void> PortGate::add_port(int number, bool is_page) {
  auto port = std::make_unique<Port>();
  port->number = number;
  port->is_page = is_page;
  port->listener = FileDescriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  ::setsockopt(port->listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const sockaddr_in address = loopback(number);
  if (::bind(port->listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
      0) {
    return fail(error_from_errno(errno, "Cannot listen on", "port " + std::to_string(number)));
  }
  ports_.push_back(std::move(port));
  return {};
}

bool PortGate::may_enter(int socket) {
  if (users_.everybody) return true;
  sockaddr_in peer{};
  sockaddr_in local{};
  socklen_t peer_length = sizeof peer;
  socklen_t local_length = sizeof local;
  ::getpeername(socket, reinterpret_cast<sockaddr*>(&peer), &peer_length);
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&local), &local_length);
  const std::optional<uid_t> uid = peers_.find(peer, local);
  const bool may =
      uid && (*uid == 0 || *uid == ::geteuid() ||
              std::find(users_.uids.begin(), users_.uids.end(), *uid) != users_.uids.end());
  // Who is gone already may have been a look of ours whether the port is there.
  if (!may && uid && !has_refused_) {
    has_refused_ = true;
    log::warn("Temporal's port was tried by another user, and closed; further tries are not logged",
              {{"uid", std::to_string(*uid)},
               {"port", std::to_string(ntohs(local.sin_port))},
               {"remedy", "TEMPORAL_USERS lets others in."}});
  }
  return may;
}

void PortGate::watch(Connection& connection) {
  for (const bool is_client : {true, false}) {
    epoll_event event{};
    event.events = is_client ? connection.client_events() : connection.server_events();
    event.data.ptr = &connection;
    const int fd = is_client ? connection.client.get() : connection.server.get();
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event) != 0 && errno == ENOENT) {
      ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
    }
  }
}

void PortGate::accept_from(const Port& port) {
  FileDescriptor client(
      ::accept4(port.listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!client || !may_enter(client.get()) || connections_.size() >= connections_max) return;
  FileDescriptor server(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = loopback(port.number);
  // On loopback this is done at once, or refused; or the server takes no connection at the moment.
  const timeval second{1, 0};
  ::setsockopt(server.get(), SOL_SOCKET, SO_SNDTIMEO, &second, sizeof second);
  if (!server ||
      ::connect(server.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return;
  }
  const int on = 1;
  for (const int fd : {client.get(), server.get()}) {
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  ::fcntl(server.get(), F_SETFL, O_NONBLOCK);
  connections_.push_back(
      std::make_unique<Connection>(std::move(client), std::move(server), port.is_page));
  watch(*connections_.back());
}

void PortGate::close(Connection& connection) {
  const auto found =
      std::find_if(connections_.begin(), connections_.end(),
                   [&](const auto& candidate) { return candidate.get() == &connection; });
  if (found == connections_.end()) return;
  std::swap(*found, connections_.back());
  connections_.pop_back();
}

Result<void> PortGate::run(int signals, const std::function<bool()>& is_over) {
  epoll_event event{};
  event.events = EPOLLIN;
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, signals, &event);
  for (const auto& port : ports_) {
    event.data.ptr = port.get();
    if (::listen(port->listener.get(), SOMAXCONN) != 0 ||
        ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, port->listener.get(), &event) != 0) {
      return fail(
          error_from_errno(errno, "Cannot listen on", "port " + std::to_string(port->number)));
    }
  }
  while (true) {
    // One at a time: what is handled may close what another event would point at.
    epoll_event ready{};
    const int count = ::epoll_wait(epoll_.get(), &ready, 1, -1);
    if (count < 0 && errno != EINTR)
      return fail(error_from_errno(errno, "Cannot wait for", "connections"));
    if (count <= 0) continue;
    if (ready.data.ptr == nullptr) {
      if (is_over()) return {};
      continue;
    }
    const auto port = std::find_if(ports_.begin(), ports_.end(), [&](const auto& candidate) {
      return candidate.get() == ready.data.ptr;
    });
    if (port != ports_.end()) {
      accept_from(**port);
      continue;
    }
    auto& connection = *static_cast<Connection*>(ready.data.ptr);
    if ((ready.events & EPOLLERR) == 0 && connection.advance()) {
      watch(connection);
    } else {
      close(connection);
    }
  }
}

}  // namespace sluice::app
