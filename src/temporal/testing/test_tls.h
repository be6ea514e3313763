#pragma once

#include <openssl/ssl.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/files.h"
#include "temporal/client.h"

namespace sluice::temporal::testing {

/// TLS in front of a plain server on 127.0.0.1: wants a client's certificate, passes bytes on. The
/// certificates are made anew each time. For tests only.
class TlsFront {
 public:
  static Result<std::unique_ptr<TlsFront>> start(const std::string& plain_target);
  explicit TlsFront(int plain_port) : plain_port_(plain_port) {}
  ~TlsFront();

  std::string target() const { return "127.0.0.1:" + std::to_string(port_); }
  /// What a client needs to be let in.
  TlsOptions client_options() const { return client_; }

 private:
  struct FreeContext {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  Result<void> open();
  void accept_all();
  void serve(FileDescriptor connection);

  const int plain_port_;
  int port_ = 0;
  TlsOptions client_;
  std::unique_ptr<SSL_CTX, FreeContext> context_;
  FileDescriptor listener_;
  std::atomic<bool> is_stopping_ = false;
  std::vector<std::thread> connections_;  ///< The acceptor's own, until it has ended.
  std::thread acceptor_;
};

}  // namespace sluice::temporal::testing
