// Which ports `serve` takes for free: real sockets on loopback.
#include "app/port_checks.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <future>
#include <string>
#include <thread>

namespace sluice::app {
namespace {

using std::chrono::milliseconds;

/// A socket that listens on a port of the kernel's choice.
struct Listening {
  Listening() : fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    EXPECT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&at), size), 0);
    EXPECT_EQ(::listen(fd.get(), 1), 0);
    EXPECT_EQ(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&at), &size), 0);
    address = "127.0.0.1:" + std::to_string(ntohs(at.sin_port));
  }
  FileDescriptor fd;
  std::string address;
};

TEST(PortChecks, APortThatIsHeldIsTakenAndNamesItsSetting) {
  const Listening held;
  const Result<void> free = port_is_free(held.address, "API_LISTEN", milliseconds(60));
  ASSERT_FALSE(free);
  EXPECT_EQ(free.error().code, "port_taken");
  EXPECT_NE(free.error().remedy.find("API_LISTEN"), std::string::npos) << free.error().remedy;
}

TEST(PortChecks, APortIsFreeAsSoonAsAKilledProcessHasLetItGo) {
  Listening held;
  std::future<Result<void>> free = std::async(std::launch::async, [&] {
    return port_is_free(held.address, "API_LISTEN", milliseconds(60'000));
  });
  EXPECT_EQ(free.wait_for(milliseconds(120)), std::future_status::timeout);
  held.fd = FileDescriptor();
  EXPECT_TRUE(free.get());
}

TEST(PortChecks, NothingIsHeldAfterTheCheck) {
  std::string address = Listening().address;
  EXPECT_TRUE(port_is_free(address, "API_LISTEN", milliseconds(0)));
  EXPECT_TRUE(port_is_free(address, "API_LISTEN", milliseconds(0)));
  EXPECT_FALSE(accepts_connections(address));
}

TEST(PortChecks, AnAddressOfAnotherMachineIsNoMatterOfWaiting) {
  const Result<void> free = port_is_free("192.0.2.1:8080", "MCP_LISTEN", milliseconds(600'000));
  ASSERT_FALSE(free);
  EXPECT_NE(free.error().code, "port_taken");
}

}  // namespace
}  // namespace sluice::app
