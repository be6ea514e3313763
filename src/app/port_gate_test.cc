// Who is let in. Real sockets on loopback, and the kernel's own answers about who connects.
#include "app/port_gate.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/peer_uid.h"

namespace sluice::app {
namespace {

TEST(PortGate, OnlyLoopbackIsTheHost) {
  const auto verdict = [](const std::string& lines) {
    return is_head_for_loopback("GET / HTTP/1.1\r\n" + lines);
  };
  for (const char* host :
       {"127.0.0.1", "127.0.0.1:8233", "localhost", "LocalHost:9999", "[::1]", "[::1]:8233"}) {
    EXPECT_EQ(verdict("Accept: */*\r\nhOST: \t" + std::string(host) + " \r\n\r\n"), true) << host;
  }
  for (const char* host : {"", "evil.example", "evil.example:8233", "127.0.0.1.evil.example",
                           "localhost.evil", "127.0.0.1@evil", "[::1].evil", "[::1", ":8233"}) {
    EXPECT_EQ(verdict("Host: " + std::string(host) + "\r\n\r\n"), false) << host;
  }
  EXPECT_EQ(verdict("\r\n"), false) << "none at all";
  EXPECT_EQ(verdict("Host: localhost\r\nHost: evil.example\r\n\r\n"), false) << "two";
  EXPECT_EQ(verdict("X-Host: localhost\r\n\r\n"), false);
  EXPECT_EQ(verdict("Host: localhost\r\n"), std::nullopt) << "not all of it is there";
  EXPECT_EQ(is_head_for_loopback(""), std::nullopt);
}

/// A connection to ourselves.
struct Loop {
  FileDescriptor listener{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  FileDescriptor client{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  FileDescriptor server;
  sockaddr_in peer{};
  sockaddr_in local{};

  Loop() {
    local.sin_family = AF_INET;
    local.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof local;
    EXPECT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&local), length), 0);
    EXPECT_EQ(::listen(listener.get(), 1), 0);
    ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&local), &length);
    EXPECT_EQ(::connect(client.get(), reinterpret_cast<sockaddr*>(&local), length), 0);
    server = FileDescriptor(::accept(listener.get(), reinterpret_cast<sockaddr*>(&peer), &length));
  }
};

TEST(PeerUids, NamesWhoConnectedAndNobodyOnceItIsClosed) {
  const Result<PeerUids> uids = PeerUids::open();
  ASSERT_TRUE(uids) << to_line(uids.error());
  Loop loop;
  EXPECT_EQ(uids->find(loop.peer, loop.local), ::geteuid());
  sockaddr_in other = loop.peer;
  other.sin_port = static_cast<in_port_t>(other.sin_port ^ htons(1));
  EXPECT_EQ(uids->find(other, loop.local), std::nullopt);
  EXPECT_EQ(uids->find(loop.local, loop.peer), ::geteuid()) << "our own end";
  other = loop.local;
  other.sin_port = 0;
  EXPECT_EQ(uids->find(loop.local, other), std::nullopt) << "a listener is no peer";
  loop.client = FileDescriptor();
  EXPECT_EQ(uids->find(loop.peer, loop.local), std::nullopt)
      << "the kernel names root for one that was closed, whoever it was";
}

}  // namespace
}  // namespace sluice::app
