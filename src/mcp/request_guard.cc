#include "mcp/request_guard.h"

#include <algorithm>

#include "base/ascii.h"
#include "base/hash.h"
#include "http/host_check.h"

namespace sluice::mcp {
namespace {

bool good_origin(const ServerOptions& options, const http::Request& request) {
  const std::string* origin = request.headers.find("Origin");
  if (origin == nullptr) return true;
  if (request.headers.count("Origin") != 1) return false;
  for (const std::string& allowed : options.allowed_origins) {
    if (http::equals_ignore_case(allowed, *origin)) return true;
  }
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!origin->starts_with(scheme)) continue;
    const std::string_view place = std::string_view(*origin).substr(scheme.size());
    const std::string_view name = http::without_port(place);
    const std::string_view port = place.substr(name.size());
    const bool port_good =
        port.empty() ||
        (port.size() > 1 && port.find_first_not_of("0123456789", 1) == std::string_view::npos);
    if (port_good && http::is_loopback_name(name)) return true;
  }
  return false;
}

http::Response unauthorized(bool sent_one) {
  http::Response response =
      http::Response::text(401, sent_one ? "The key is not valid.\n" : "A key is needed.\n");
  response.headers.add("WWW-Authenticate", sent_one
                                               ? "Bearer realm=\"mcp\", error=\"invalid_token\""
                                               : "Bearer realm=\"mcp\"");
  return response;
}

std::optional<http::Response> key_refusal(const ServerOptions& options,
                                          const http::Request& request) {
  if (options.key.empty()) return std::nullopt;  // create() allows that only on purpose
  const std::string_view value = trimmed_blanks(request.headers.get("Authorization"));
  const std::size_t space = std::min(value.find(' '), value.size());
  if (!http::equals_ignore_case(value.substr(0, space), "Bearer"))
    return unauthorized(!value.empty());
  if (!equal_constant_time(trimmed_blanks(value.substr(space)), options.key))
    return unauthorized(true);
  return std::nullopt;
}

}  // namespace

bool accepts(const http::Request& request, std::string_view type) {
  if (request.headers.find("Accept") == nullptr) return true;
  const std::string group = std::string(type.substr(0, type.find('/'))) + "/*";
  for (const auto& [name, value] : request.headers) {
    if (!http::equals_ignore_case(name, "Accept")) continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      const std::string_view item = rest.substr(0, comma);
      rest.remove_prefix(std::min(comma + 1, rest.size()));
      const std::string_view media = trimmed_blanks(item.substr(0, item.find(';')));
      if (http::equals_ignore_case(media, type) || http::equals_ignore_case(media, group) ||
          media == "*/*")
        return true;
    }
  }
  return false;
}

std::optional<http::Response> refusal_of(const ServerOptions& options,
                                         const http::Request& request) {
  if (!http::is_for_us(request, options.allowed_hosts))
    return http::Response::text(403, "This Host is not allowed.\n");
  if (!good_origin(options, request))
    return http::Response::text(403, "This Origin is not allowed.\n");
  if (auto refused = key_refusal(options, request)) return refused;
  const std::string_view type = request.headers.get("Content-Type");
  if (!http::equals_ignore_case(trimmed_blanks(type.substr(0, type.find(';'))),
                                "application/json")) {
    return http::Response::text(415, "Send application/json.\n");
  }
  if (!accepts(request, "application/json")) {
    return http::Response::text(406, "Accept application/json and text/event-stream.\n");
  }
  return std::nullopt;
}

}  // namespace sluice::mcp
