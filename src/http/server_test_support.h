#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "http/server.h"
#include "http/test_support.h"

namespace sluice::http {

inline bool eventually(const std::function<bool()>& holds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(5000);
  while (std::chrono::steady_clock::now() < end) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

/// A server on loopback; fill `options_` and `router_`, then start().
class ServerTest : public testing::Test {
 protected:
  void start() {
    options_.listen = "127.0.0.1:0";
    auto started = Server::start(options_, std::move(router_));
    ASSERT_TRUE(started) << to_line(started.error());
    server_ = std::move(*started);
  }
  std::uint16_t port() const { return server_->port(); }
  std::string raw(const std::string& request) {
    RawConnection connection(port());
    connection.send(request);
    return connection.receive();
  }
  ServerOptions options_;
  Router router_;
  Client client_;
  std::unique_ptr<Server> server_;
};

}  // namespace sluice::http
