#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"

namespace sluice::api {

/// Where a request comes from, as far as it can be believed.
struct Peer {
  std::string address;           ///< Of the client: behind a trusted proxy what that one says.
  bool is_secure = false;        ///< A trusted proxy says that it speaks TLS with the client.
  bool is_this_machine = false;  ///< Straight from a loopback address, through no proxy.

  /// Whether a cookie may be sent to it, and taken from it.
  bool may_have_cookies() const { return is_secure || is_this_machine; }
};

/// `X-Forwarded-For` and `X-Forwarded-Proto` count only from one of `trusted_proxies`; of several
/// addresses the last one that is no trusted proxy. Whatever claims to have come through another
/// proxy is not of this machine.
Peer peer_of(const http::Request& request, const std::vector<std::string>& trusted_proxies);

}  // namespace sluice::api
