#include "api/people/peer.h"

#include <algorithm>

#include "base/ascii.h"

namespace sluice::api {
namespace {

/// What a proxy adds.
constexpr const char* traces_of_proxies[] = {"X-Forwarded-For", "X-Forwarded-Proto", "Forwarded",
                                             "Via", "X-Real-IP"};

bool is_loopback(std::string_view address) {
  return address == "::1" || address.starts_with("127.") || address.starts_with("::ffff:127.");
}

bool is_among(const std::vector<std::string>& addresses, std::string_view address) {
  return std::find(addresses.begin(), addresses.end(), address) != addresses.end();
}

/// From the right, since each proxy adds whom it heard: what stands further left anybody wrote.
std::string client_of(std::string_view forwarded, const std::vector<std::string>& trusted,
                      const std::string& peer) {
  std::string last = peer;
  while (!forwarded.empty()) {
    const std::size_t comma = forwarded.rfind(',');
    const std::size_t from = comma == std::string_view::npos ? 0 : comma + 1;
    const std::string_view entry = trimmed(forwarded.substr(from));
    forwarded = forwarded.substr(0, comma == std::string_view::npos ? 0 : comma);
    if (entry.empty()) continue;
    last = std::string(entry.substr(0, 64));
    if (!is_among(trusted, entry)) break;
  }
  return last;
}

}  // namespace

Peer peer_of(const http::Request& request, const std::vector<std::string>& trusted_proxies) {
  Peer peer{.address = request.remote_address};
  if (!is_among(trusted_proxies, request.remote_address)) {
    const bool is_direct = std::none_of(
        std::begin(traces_of_proxies), std::end(traces_of_proxies),
        [&request](const char* name) { return request.headers.find(name) != nullptr; });
    peer.is_this_machine = is_direct && is_loopback(request.remote_address);
    return peer;
  }
  std::string forwarded;
  for (const auto& [name, value] : request.headers) {
    if (equals_ignore_case(name, "X-Forwarded-For")) {
      forwarded += (forwarded.empty() ? "" : ",") + value;
    }
  }
  peer.address = client_of(forwarded, trusted_proxies, request.remote_address);
  // Several values: somebody wrote one before the proxy did.
  peer.is_secure = request.headers.count("X-Forwarded-Proto") == 1 &&
                   equals_ignore_case(request.headers.get("X-Forwarded-Proto"), "https");
  return peer;
}

}  // namespace sluice::api
