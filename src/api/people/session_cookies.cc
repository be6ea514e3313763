#include "api/people/session_cookies.h"

#include <algorithm>

#include "base/ascii.h"

namespace sluice::api {
namespace {

constexpr Micros second_us = 1'000'000;

struct Names {
  const char* access;
  const char* refresh;
  const char* csrf;
};
constexpr Names plain{"sluice-session", "sluice-refresh", "sluice-csrf"};
constexpr Names secure{"__Host-sluice-session", "__Secure-sluice-refresh", "__Host-sluice-csrf"};
constexpr const char* refresh_path = "/api/v1/auth/";

const Names& names_for(const Peer& peer) { return peer.is_secure ? secure : plain; }

/// Empty where it is missing, or stands more than once: then somebody else has set one.
std::string cookie_of(const http::Request& request, std::string_view name) {
  std::string found;
  std::size_t count = 0;
  for (const auto& [header, value] : request.headers) {
    if (!equals_ignore_case(header, "Cookie")) continue;
    for (std::string_view rest = value; !rest.empty();) {
      const std::size_t end = std::min(rest.find(';'), rest.size());
      const std::string_view pair = trimmed(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
      const std::size_t equals = pair.find('=');
      if (equals == std::string_view::npos || pair.substr(0, equals) != name) continue;
      found = pair.substr(equals + 1);
      ++count;
    }
  }
  return count == 1 ? found : std::string();
}

void add_cookie(http::Response& response, const Peer& peer, const char* name,
                std::string_view value, const char* path, std::int64_t age_s, bool for_scripts) {
  std::string cookie = std::string(name) + "=" + std::string(value) + "; Path=" + path +
                       "; Max-Age=" + std::to_string(age_s) + "; SameSite=Lax";
  if (!for_scripts) cookie += "; HttpOnly";
  if (peer.is_secure) cookie += "; Secure";
  response.headers.add("Set-Cookie", cookie);
}

}  // namespace

SessionCookies session_cookies_of(const http::Request& request, const Peer& peer) {
  if (!peer.may_have_cookies()) return {};
  const Names& names = names_for(peer);
  return {cookie_of(request, names.access), cookie_of(request, names.refresh),
          cookie_of(request, names.csrf)};
}

void set_session_cookies(http::Response& response, const accounts::Issued& issued, const Peer& peer,
                         Micros now_us) {
  const Names& names = names_for(peer);
  const std::int64_t session_s = (issued.refresh_expires_at_us - now_us) / second_us;
  add_cookie(response, peer, names.access, issued.access_token, "/",
             (issued.access_expires_at_us - now_us) / second_us, false);
  add_cookie(response, peer, names.refresh, issued.refresh_token, refresh_path, session_s, false);
  if (!issued.csrf_token.empty()) {
    add_cookie(response, peer, names.csrf, issued.csrf_token, "/", session_s, true);
  }
}

void clear_session_cookies(http::Response& response, const Peer& peer) {
  const Names& names = names_for(peer);
  add_cookie(response, peer, names.access, "", "/", 0, false);
  add_cookie(response, peer, names.refresh, "", refresh_path, 0, false);
  add_cookie(response, peer, names.csrf, "", "/", 0, true);
}

bool is_from_our_page(const http::Request& request) {
  const std::string_view site = request.headers.get("Sec-Fetch-Site");
  if (!site.empty() && site != "same-origin") return false;
  const std::string_view origin = request.headers.get("Origin");
  if (origin.empty()) return true;
  const std::size_t scheme = origin.find("://");
  return scheme != std::string_view::npos &&
         equals_ignore_case(origin.substr(scheme + 3), request.headers.get("Host"));
}

}  // namespace sluice::api
