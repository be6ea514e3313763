#include "http/host_check.h"

#include <arpa/inet.h>

#include <algorithm>

namespace sluice::http {

std::string_view without_port(std::string_view host) {
  const std::size_t bracket = host.rfind(']');
  const std::size_t colon = host.rfind(':');
  if (colon == std::string_view::npos || (bracket != std::string_view::npos && colon < bracket)) {
    return host;
  }
  return host.substr(0, colon);
}

bool is_loopback_name(std::string_view name) {
  return equals_ignore_case(name, "localhost") || name == "127.0.0.1" || name == "[::1]";
}

namespace {

bool is_address(std::string_view name) {
  if (name.size() > 2 && name.front() == '[') name = name.substr(1, name.size() - 2);
  const std::string text(name);
  in6_addr room{};
  return ::inet_pton(AF_INET, text.c_str(), &room) == 1 ||
         ::inet_pton(AF_INET6, text.c_str(), &room) == 1;
}

}  // namespace

bool is_for_us(const Request& request, std::span<const std::string> allowed) {
  std::string_view host = request.headers.get("Host");
  while (!host.empty() && (host.front() == ' ' || host.front() == '\t')) host.remove_prefix(1);
  while (!host.empty() && (host.back() == ' ' || host.back() == '\t')) host.remove_suffix(1);
  const std::string_view name = without_port(host);
  return is_loopback_name(name) ||
         std::any_of(allowed.begin(), allowed.end(), [&](const std::string& each) {
           const bool is_any_address = each == "0.0.0.0" || each == "[::]";
           return equals_ignore_case(each, name) || (is_any_address && is_address(name));
         });
}

}  // namespace sluice::http
