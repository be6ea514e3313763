// Whose word counts on where a request comes from; and what cookies that makes. Pure.
#include "api/people/peer.h"

#include <gtest/gtest.h>

#include "api/people/session_cookies.h"

namespace sluice::api {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

http::Request request_from(const std::string& address, const Fields& headers = {}) {
  http::Request request;
  request.remote_address = address;
  for (const auto& [name, value] : headers) request.headers.add(name, value);
  return request;
}

TEST(Peer, WithoutATrustedProxyTheConnectionSaysIt) {
  const Peer here = peer_of(request_from("127.0.0.1"), {});
  EXPECT_TRUE(here.is_this_machine);
  EXPECT_FALSE(here.is_secure);
  EXPECT_TRUE(here.may_have_cookies());
  EXPECT_TRUE(peer_of(request_from("::1"), {}).is_this_machine);
  const Peer away = peer_of(request_from("192.0.2.7"), {});
  EXPECT_EQ(away.address, "192.0.2.7");
  EXPECT_FALSE(away.may_have_cookies());
  const Peer claims = peer_of(
      request_from("192.0.2.7", {{"X-Forwarded-For", "127.0.0.1"}, {"X-Forwarded-Proto", "https"}}),
      {"10.0.0.1"});
  EXPECT_EQ(claims.address, "192.0.2.7");
  EXPECT_FALSE(claims.may_have_cookies());
  for (const char* trace : {"X-Forwarded-For", "Via", "Forwarded", "X-Real-IP"}) {
    EXPECT_FALSE(peer_of(request_from("127.0.0.1", {{trace, "x"}}), {}).may_have_cookies())
        << trace;
  }
}

TEST(Peer, ATrustedProxySaysWhomItHeard) {
  const auto through = [](const Fields& headers) {
    return peer_of(request_from("10.0.0.1", headers), {"10.0.0.1", "10.0.0.2"});
  };
  const Peer peer = through({{"X-Forwarded-For", "198.51.100.9"}, {"X-Forwarded-Proto", "https"}});
  EXPECT_EQ(peer.address, "198.51.100.9");
  EXPECT_TRUE(peer.is_secure);
  EXPECT_FALSE(peer.is_this_machine);
  EXPECT_EQ(through({{"X-Forwarded-For", "127.0.0.1, 198.51.100.9 , 10.0.0.2"}}).address,
            "198.51.100.9")
      << "what stands left of it, anybody wrote";
  EXPECT_EQ(through({{"X-Forwarded-For", "1.1.1.1"}, {"x-forwarded-for", "198.51.100.9"}}).address,
            "198.51.100.9");
  EXPECT_EQ(through({}).address, "10.0.0.1");
  EXPECT_EQ(through({{"X-Forwarded-For", ",, ,"}}).address, "10.0.0.1");
  EXPECT_FALSE(through({{"X-Forwarded-Proto", "http"}}).is_secure);
  EXPECT_FALSE(through({{"X-Forwarded-Proto", "https"}, {"X-Forwarded-Proto", "http"}}).is_secure);
  EXPECT_FALSE(through({}).may_have_cookies());
}

TEST(SessionCookies, OverTlsNoOtherHostCanSetThem) {
  accounts::Issued issued;
  issued.access_token = "a.b.c";
  issued.refresh_token = "slr_x";
  issued.csrf_token = "csrf";
  issued.access_expires_at_us = 900'000'000;
  issued.refresh_expires_at_us = 1'800'000'000;
  http::Response response;
  const Peer secure{.address = "x", .is_secure = true};
  set_session_cookies(response, issued, secure, 0);
  std::string all;
  for (const auto& [name, value] : response.headers) all += value + "\n";
  EXPECT_EQ(all,
            "__Host-sluice-session=a.b.c; Path=/; Max-Age=900; SameSite=Lax; HttpOnly; Secure\n"
            "__Secure-sluice-refresh=slr_x; Path=/api/v1/auth/; Max-Age=1800; SameSite=Lax; "
            "HttpOnly; Secure\n"
            "__Host-sluice-csrf=csrf; Path=/; Max-Age=1800; SameSite=Lax; Secure\n");
  const http::Request request =
      request_from("10.0.0.1", {{"Cookie", "x=1; __Host-sluice-session=a.b.c; sluice-csrf=evil"}});
  EXPECT_EQ(session_cookies_of(request, secure).access_token, "a.b.c");
  EXPECT_EQ(session_cookies_of(request, secure).csrf_token, "");
  EXPECT_EQ(session_cookies_of(request, {.address = "x"}).access_token, "");
}

}  // namespace
}  // namespace sluice::api
