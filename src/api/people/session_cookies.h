#pragma once

#include <string>
#include <string_view>

#include "accounts/accounts.h"
#include "api/people/peer.h"
#include "http/message.h"

/// A browser's session as cookies: the access token with each request, the refresh token only where
/// it is asked for, both unread by scripts, and the CSRF token, which the page's own script reads
/// and sends as `X-CSRF-Token`. Over TLS their names begin with `__Host-` and `__Secure-`, so that
/// no other host of the domain can set them; on this machine, without TLS, they do not.
namespace sluice::api {

inline constexpr const char* csrf_header = "X-CSRF-Token";

struct SessionCookies {
  std::string access_token;
  std::string refresh_token;
  std::string csrf_token;
};

/// What the request has of them; nothing where the peer may have none, or a name stands twice.
SessionCookies session_cookies_of(const http::Request& request, const Peer& peer);

/// Sets what was issued; the CSRF token stays as it is where none was.
void set_session_cookies(http::Response& response, const accounts::Issued& issued, const Peer& peer,
                         Micros now_us);
void clear_session_cookies(http::Response& response, const Peer& peer);

/// Whether an unsafe request comes from a page of ours: the browser says so (`Sec-Fetch-Site`,
/// `Origin`), as far as it says anything.
bool is_from_our_page(const http::Request& request);

}  // namespace sluice::api
