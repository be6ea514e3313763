// People over HTTP: what a login gives, and everything that somebody without one may try.

#include <map>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "api/test_api.h"
#include "auth/access_token.h"
#include "base/base64.h"

namespace sluice::api {
namespace {

namespace json = boost::json;

const char* const password = "correct horse battery";

class PeopleApiTest : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    person("ann", auth::Role::owner);
  }
  std::string person(const std::string& login, auth::Role role) {
    return store_
        ->add_person(login, auth::hash_password(password, account_options_.password_cost).value(),
                     {"acme"}, role)
        .value();
  }
  http::ClientResponse posted(const std::string& path, const json::object& body,
                              const std::string& token = "", const Fields& headers = {}) {
    return sent(token, "POST", path, headers, json::serialize(body));
  }
  http::ClientResponse login(const std::string& login, const std::string& tried,
                             const char* session = "token", const Fields& headers = {}) {
    return posted("/api/v1/auth/login",
                  {{"login", login}, {"password", tried}, {"session", session}}, "", headers);
  }
  static std::string text(const http::ClientResponse& response, const char* key) {
    const json::value value = json::parse(response.body);
    const json::value* found = value.as_object().if_contains(key);
    return found != nullptr && found->is_string() ? std::string(found->as_string()) : "";
  }
  static std::string told(const http::ClientResponse& response) {
    return std::to_string(response.status) + " " + text(response, "code");
  }
  /// Name → value of what it sets.
  static std::map<std::string, std::string> cookies(const http::ClientResponse& response) {
    std::map<std::string, std::string> all;
    for (const auto& [name, value] : response.headers) {
      if (!equals_ignore_case(name, "Set-Cookie")) continue;
      const std::size_t equals = value.find('=');
      all[value.substr(0, equals)] = value.substr(equals + 1, value.find(';') - equals - 1);
    }
    return all;
  }
  static std::string cookie_header(const std::map<std::string, std::string>& cookies) {
    std::string header;
    for (const auto& [name, value] : cookies) {
      header += (header.empty() ? "" : "; ") + name + "=" + value;
    }
    return header;
  }
  /// A token made over HTTP; its id as well.
  std::pair<std::string, std::string> made_token(const json::object& body) {
    const http::ClientResponse made = posted("/api/v1/tokens", body, own_);
    EXPECT_EQ(made.status, 201) << made.body;
    return {text(made, "token"), text(made, "id")};
  }
};

TEST_F(PeopleApiTest, ALoginIsUsedRefreshedAndEnded) {
  const http::ClientResponse first = login("Ann", password);
  ASSERT_EQ(first.status, 200) << first.body;
  EXPECT_EQ(first.headers.get("Cache-Control"), "no-store");
  EXPECT_EQ(first.headers.count("Set-Cookie"), 0U);
  const std::string access = text(first, "access_token");
  const http::ClientResponse me = sent(access, "GET", "/api/v1/me");
  EXPECT_EQ(text(me, "name"), "ann");
  EXPECT_EQ(text(me, "role"), "owner");
  EXPECT_EQ(text(me, "credential"), "session");
  EXPECT_EQ(sent(access, "GET", "/api/v1/datasets").status, 200);
  EXPECT_EQ(text(sent(own_read_, "GET", "/api/v1/me"), "credential"), "token");

  const json::object old{{"refresh_token", text(first, "refresh_token")}};
  const http::ClientResponse second = posted("/api/v1/auth/refresh", old);
  ASSERT_EQ(second.status, 200) << second.body;
  EXPECT_EQ(posted("/api/v1/auth/logout", {}, text(second, "access_token")).status, 204);
  EXPECT_EQ(told(sent(access, "GET", "/api/v1/me")), "401 session_ended") << "all of the session";
  EXPECT_EQ(
      told(posted("/api/v1/auth/refresh", {{"refresh_token", text(second, "refresh_token")}})),
      "401 refresh_invalid");
  EXPECT_EQ(posted("/api/v1/auth/logout", {}, own_).status, 204) << "a token has nothing to end";
  EXPECT_EQ(sent(own_, "GET", "/api/v1/me").status, 200);
}

TEST_F(PeopleApiTest, ARefreshTokenThatComesBackEndsTheSession) {
  const http::ClientResponse first = login("ann", password);
  const json::object old{{"refresh_token", text(first, "refresh_token")}};
  const http::ClientResponse second = posted("/api/v1/auth/refresh", old);
  EXPECT_EQ(told(posted("/api/v1/auth/refresh", old)), "401 refresh_reused");
  EXPECT_EQ(told(sent(text(second, "access_token"), "GET", "/api/v1/me")), "401 session_ended");
}

TEST_F(PeopleApiTest, WrongLoginsAreRefusedAlikeAndThenSlowedDown) {
  const http::ClientResponse wrong = login("ann", "guess");
  const http::ClientResponse unknown = login("nobody", "guess");
  EXPECT_EQ(told(wrong), "401 login_failed");
  EXPECT_EQ(text(wrong, "detail"), text(unknown, "detail"));
  http::ClientResponse last = wrong;
  for (int i = 0; i < 20 && last.status == 401; ++i) last = login("ann", "guess");
  EXPECT_EQ(told(last), "429 login_throttled");
  const std::string seconds(last.headers.get("Retry-After"));
  EXPECT_GT(std::stoi(seconds), 0);
  EXPECT_LE(std::stoi(seconds), 30) << "nobody is locked out for long";
  EXPECT_EQ(sent(own_, "GET", "/api/v1/datasets").status, 200) << "good tokens go on";
  person("bob", auth::Role::viewer);
  EXPECT_EQ(login("bob", password).status, 200) << "and other people";
}

TEST_F(PeopleApiTest, BodiesAreWhatTheDescriptionSays) {
  const std::pair<const char*, const char*> bad[] = {
      {"/api/v1/auth/login", "not json"},
      {"/api/v1/auth/login", "[]"},
      {"/api/v1/auth/login", R"({"login":"ann"})"},
      {"/api/v1/auth/login", R"({"login":5,"password":"x"})"},
      {"/api/v1/auth/login", R"({"login":"ann","password":"x","admin":true})"},
      {"/api/v1/auth/login", R"({"login":"ann","password":"x","session":"jar"})"},
      {"/api/v1/auth/refresh", R"({"refresh_token":["x"]})"},
      {"/api/v1/auth/register", R"({"login":"x"})"},
      {"/api/v1/tokens", R"({"name":"n"})"},
      {"/api/v1/tokens", R"({"name":"n","scopes":[]})"},
      {"/api/v1/tokens", R"({"name":"n","scopes":["fly"]})"},
      {"/api/v1/tokens", R"({"name":"n","scopes":["read"],"expires_in_days":0})"},
      {"/api/v1/tokens", R"({"name":"n","scopes":"read"})"},
      {"/api/v1/invitations", R"({"role":"king"})"},
  };
  for (const auto& [path, body] : bad) {
    EXPECT_EQ(told(sent(own_, "POST", path, {}, body)), "400 bad_json_body") << path << " " << body;
  }
  const std::string secret = "the password that was sent";
  const http::ClientResponse told_back = sent("", "POST", "/api/v1/auth/login", {},
                                              R"({"login":"ann","password":[")" + secret + "\"]}");
  EXPECT_EQ(told_back.body.find(secret), std::string::npos) << told_back.body;
  EXPECT_EQ(sent("", "POST", "/api/v1/auth/login", {}, std::string(20'000, ' ')).status, 413);
}

TEST_F(PeopleApiTest, ABrowserHasCookiesThatNoScriptReads) {
  const http::ClientResponse in = login("ann", password, "cookie");
  ASSERT_EQ(in.status, 200) << in.body;
  EXPECT_EQ(text(in, "access_token") + text(in, "refresh_token"), "") << "scripts could read it";
  for (const auto& [name, value] : in.headers) {
    if (!equals_ignore_case(name, "Set-Cookie")) continue;
    EXPECT_NE(value.find("SameSite=Lax"), std::string::npos) << value;
    EXPECT_EQ(value.find("HttpOnly") == std::string::npos, value.starts_with("sluice-csrf="))
        << value;
    EXPECT_EQ(value.find("Path=/api/v1/auth/;") != std::string::npos,
              value.starts_with("sluice-refresh="));
  }
  auto jar = cookies(in);
  EXPECT_EQ(jar.size(), 3U);
  EXPECT_EQ(text(in, "csrf_token"), jar["sluice-csrf"]);
  const Fields by_cookie{{"Cookie", cookie_header(jar)}};
  EXPECT_EQ(text(sent("", "GET", "/api/v1/me", by_cookie), "name"), "ann");
  Fields with_csrf = by_cookie;
  with_csrf.emplace_back("X-CSRF-Token", jar["sluice-csrf"]);
  const json::object token{{"name", "n"}, {"scopes", {"read"}}};
  EXPECT_EQ(posted("/api/v1/tokens", token, "", with_csrf).status, 201);

  const http::ClientResponse next = posted("/api/v1/auth/refresh", {}, "", with_csrf);
  ASSERT_EQ(next.status, 200) << next.body;
  EXPECT_NE(cookies(next)["sluice-refresh"], jar["sluice-refresh"]);
  EXPECT_EQ(told(posted("/api/v1/auth/refresh", {}, "", with_csrf)), "409 refresh_raced");
  const http::ClientResponse out = posted("/api/v1/auth/logout", {}, "", with_csrf);
  EXPECT_EQ(out.status, 204);
  EXPECT_EQ(cookies(out)["sluice-session"], "");
  EXPECT_EQ(told(sent("", "GET", "/api/v1/me", by_cookie)), "401 session_ended");
}

TEST_F(PeopleApiTest, ACookieAloneChangesNothing) {
  auto jar = cookies(login("ann", password, "cookie"));
  auto earlier = cookies(login("ann", password, "cookie"));
  const json::object token{{"name", "n"}, {"scopes", {"read"}}};
  const auto tried = [&](const Fields& more, const char* path = "/api/v1/tokens") {
    Fields fields{{"Cookie", cookie_header(jar)}};
    fields.insert(fields.end(), more.begin(), more.end());
    return told(
        posted(path, path == std::string("/api/v1/tokens") ? token : json::object{}, "", fields));
  };
  const std::string good = jar["sluice-csrf"];
  EXPECT_EQ(tried({}), "403 csrf_failed");
  EXPECT_EQ(tried({{"X-CSRF-Token", ""}}), "403 csrf_failed");
  EXPECT_EQ(tried({{"X-CSRF-Token", std::string(64, '0')}}), "403 csrf_failed");
  EXPECT_EQ(tried({{"X-CSRF-Token", earlier["sluice-csrf"]}}), "403 csrf_failed")
      << "of another session: replayed";
  EXPECT_EQ(tried({{"X-CSRF-Token", good}, {"Origin", "https://evil.example"}}), "403 csrf_failed");
  EXPECT_EQ(tried({{"X-CSRF-Token", good}, {"Origin", "null"}}), "403 csrf_failed");
  EXPECT_EQ(tried({{"X-CSRF-Token", good}, {"Sec-Fetch-Site", "cross-site"}}), "403 csrf_failed");
  EXPECT_EQ(tried({{"X-CSRF-Token", good}, {"Sec-Fetch-Site", "same-site"}}), "403 csrf_failed");
  EXPECT_EQ(tried({}, "/api/v1/auth/refresh"), "403 csrf_failed");
  EXPECT_EQ(tried({}, "/api/v1/auth/logout"), "403 csrf_failed");
  EXPECT_EQ(tried({{"X-CSRF-Token", good}, {"Sec-Fetch-Site", "same-origin"}}), "201 ");
  EXPECT_EQ(told(sent("", "DELETE", "/api/v1/tokens/none", {{"Cookie", cookie_header(jar)}})),
            "403 csrf_failed");
  EXPECT_EQ(store_->list_tokens({"acme"})->size(), 3U) << "the test's two, and the one";
}

TEST_F(PeopleApiTest, ForgedCookiesAreNone) {
  auto jar = cookies(login("ann", password, "cookie"));
  const std::string good = jar["sluice-session"];
  std::string flipped = good;
  flipped[flipped.size() / 2] = flipped[flipped.size() / 2] == 'A' ? 'B' : 'A';
  for (const std::string& cookie :
       {std::string("sluice-session="), "sluice-session=" + flipped,
        "sluice-session=" + good + "; sluice-session=" + good, "__Host-sluice-session=" + good,
        "Sluice_Session=" + good, std::string("sluice-session=slc_x; =; ;;="),
        "sluice-session=" + std::string(9'000, 'a')}) {
    EXPECT_EQ(sent("", "GET", "/api/v1/me", {{"Cookie", cookie}}).status, 401)
        << cookie.substr(0, 40);
  }
  EXPECT_EQ(sent("", "GET", "/api/v1/me", {{"Cookie", "sluice-session=" + good}}).status, 200);
  EXPECT_EQ(sent("", "GET", "/api/v1/me",
                 {{"Cookie", "sluice-session=" + good}, {"X-Forwarded-For", "192.0.2.1"}})
                .status,
            401)
      << "through a proxy that nobody trusts";
  EXPECT_EQ(sent("wrong", "GET", "/api/v1/me", {{"Cookie", "sluice-session=" + good}}).status, 401)
      << "a header wins over a cookie";
  EXPECT_EQ(told(login("ann", password, "cookie", {{"Via", "1.1 proxy"}})), "403 cookies_insecure");
  EXPECT_EQ(told(login("ann", password, "cookie", {{"Origin", "http://evil.example"}})),
            "403 cookies_insecure");
}

TEST_F(PeopleApiTest, WhatIsNoCredentialIsA401) {
  const std::string access = text(login("ann", password), "access_token");
  const std::string body = access.substr(access.find('.'), access.rfind('.') - access.find('.'));
  const std::string none = base64_encode(R"({"alg":"none","typ":"at+jwt"})", Base64::url_unpadded);
  const auth::SigningKey stranger = auth::make_signing_key();
  const auth::AccessClaims claims{
      new_uuid_v7(), new_uuid_v7(), {"acme"}, clock_.now_us(), clock_.now_us() + 60'000'000};
  for (const std::string& credential :
       {none + body + ".", none + body + access.substr(access.rfind('.')), access + "x",
        auth::sign_access_token(stranger, claims), auth::make_token(), own_.substr(0, 60),
        std::string(9'000, 'a'), std::string("eyJhbGciOiJub25lIn0.e30.")}) {
    const http::ClientResponse answer = sent(credential, "GET", "/api/v1/me");
    EXPECT_EQ(answer.status, 401) << credential.substr(0, 60);
    EXPECT_FALSE(answer.headers.get("WWW-Authenticate").empty());
    EXPECT_EQ(answer.body.find(credential), std::string::npos);
  }
  for (const char* header : {"Basic YW5uOng=", "Bearer", "Token x", "Bearer a b"}) {
    EXPECT_EQ(told(sent("", "GET", "/api/v1/me", {{"Authorization", header}})),
              "401 token_invalid");
  }
  EXPECT_EQ(sent(std::string(40'000, 'a'), "GET", "/api/v1/me").status, 431);
}

TEST_F(PeopleApiTest, ATokenIsShownOnceListedAndRevoked) {
  const auto [secret, id] =
      made_token({{"name", "nightly"}, {"scopes", {"read", "write"}}, {"expires_in_days", 30}});
  EXPECT_TRUE(auth::is_token(secret));
  const std::string listed = sent(own_, "GET", "/api/v1/tokens").body;
  EXPECT_NE(listed.find(id), std::string::npos);
  EXPECT_NE(listed.find(secret.substr(0, 12)), std::string::npos);
  EXPECT_EQ(listed.find(secret), std::string::npos);
  EXPECT_EQ(listed.find(auth::token_sha256(secret)), std::string::npos);
  EXPECT_EQ(sent(secret, "GET", "/api/v1/datasets").status, 200);
  EXPECT_EQ(told(sent(secret, "GET", "/api/v1/tokens")), "403 permission_missing");
  EXPECT_EQ(told(sent(secret, "POST", "/api/v1/query", {}, R"({"sql":"SELECT 1"})")),
            "403 permission_missing");
  EXPECT_EQ(told(sent(other_, "DELETE", "/api/v1/tokens/" + id)), "404 token_not_found");
  EXPECT_EQ(sent(own_, "DELETE", "/api/v1/tokens/" + id).status, 204);
  EXPECT_EQ(told(sent(secret, "GET", "/api/v1/datasets")), "401 token_revoked") << "at once";
  const auto [administers, its_id] = made_token({{"name", "a"}, {"scopes", {"admin"}}});
  EXPECT_EQ(told(posted("/api/v1/tokens", {{"name", "more"}, {"scopes", {"write"}}}, administers)),
            "403 scopes_beyond");
}

TEST_F(PeopleApiTest, PeopleComeByInvitationAndLeave) {
  const http::ClientResponse made = posted("/api/v1/invitations", {{"role", "editor"}}, own_);
  ASSERT_EQ(made.status, 201) << made.body;
  const std::string invitation = text(made, "invitation");
  EXPECT_EQ(text(made, "link"), "/#invitation=" + invitation);
  EXPECT_EQ(sent(own_, "GET", "/api/v1/invitations").body.find(invitation), std::string::npos);
  const json::object bob{{"invitation", invitation}, {"login", "Bob"}, {"password", password}};
  EXPECT_EQ(told(posted("/api/v1/auth/register", {{"login", "eve"}, {"password", password}})),
            "403 registration_closed");
  const http::ClientResponse came = posted("/api/v1/auth/register", bob);
  ASSERT_EQ(came.status, 201) << came.body;
  EXPECT_EQ(told(posted("/api/v1/auth/register", bob)), "403 invitation_invalid") << "used";
  const std::string access = text(login("bob", password), "access_token");
  EXPECT_EQ(told(sent(access, "GET", "/api/v1/members")), "403 permission_missing");
  const std::string path = "/api/v1/members/" + text(came, "id");
  EXPECT_EQ(told(sent(other_, "DELETE", path)), "404 person_not_found");
  const http::ClientResponse promoted = sent(own_, "PATCH", path, {}, R"({"role":"owner"})");
  EXPECT_EQ(text(promoted, "role"), "owner") << promoted.body;
  EXPECT_EQ(sent(access, "GET", "/api/v1/members").status, 200) << "at once";
  EXPECT_EQ(sent(own_, "DELETE", path).status, 204);
  EXPECT_EQ(sent(access, "GET", "/api/v1/me").status, 401);
  EXPECT_EQ(told(login("bob", password)), "403 no_membership");
}

TEST_F(PeopleApiTest, APasswordIsChangedByItsPerson) {
  const std::string access = text(login("ann", password), "access_token");
  const auto changed = [&](const char* old, const char* next, const std::string& token) {
    return told(
        posted("/api/v1/auth/password", {{"old_password", old}, {"new_password", next}}, token));
  };
  for (int i = 0; i < 40; ++i) {
    EXPECT_EQ(changed(password, "another long one", own_), "403 session_needed") << "not counted";
  }
  EXPECT_EQ(changed("wrong", "another long one", access), "401 login_failed");
  EXPECT_EQ(changed(password, "short", access), "400 bad_password");
  const http::ClientResponse done =
      posted("/api/v1/auth/password",
             {{"old_password", password}, {"new_password", "another long one"}}, access);
  EXPECT_EQ(done.status, 204) << done.body;
  EXPECT_EQ(login("ann", "another long one").status, 200);
}

TEST_F(PeopleApiTest, TheAuditLogSaysWhoDidWhatAndHoldsNoSecret) {
  testing::internal::CaptureStderr();
  const auto [secret, id] = made_token({{"name", "nightly"}, {"scopes", {"read"}}});
  const std::string access = text(login("ann", password), "access_token");
  login("ann", "a wrong guess");
  EXPECT_EQ(sent(secret, "DELETE", "/api/v1/datasets/" + new_uuid_v7()).status, 403);
  EXPECT_EQ(sent(access, "DELETE", "/api/v1/tokens/" + new_uuid_v7()).status, 404);
  EXPECT_EQ(sent(access, "GET", "/api/v1/datasets").status, 200);
  std::vector<std::string> lines;
  std::string all;
  json::value cursor;
  do {
    const std::string page =
        sent(own_, "GET",
             "/api/v1/audit?limit=2" +
                 (cursor.is_null() ? "" : "&cursor=" + std::string(cursor.as_string())))
            .body;
    all += page;
    const json::value parsed = json::parse(page);
    for (const json::value& entry : parsed.at("entries").as_array()) {
      lines.push_back(std::string(entry.at("operation").as_string()) + " " +
                      std::string(entry.at("result").as_string()) + " " +
                      std::string(entry.at("name").as_string()));
      EXPECT_EQ(entry.at("address").as_string(), "127.0.0.1");
    }
    cursor = parsed.at("next_cursor");
  } while (!cursor.is_null());
  const std::string logged = testing::internal::GetCapturedStderr();
  const std::vector<std::string> expected{"revoke_token failed ann",
                                          "delete_dataset refused nightly", "login refused ann",
                                          "login ok ann", "create_token ok test"};
  EXPECT_EQ(lines, expected);
  EXPECT_NE(all.find(id), std::string::npos) << "what was made";
  EXPECT_EQ(told(sent(access, "GET", "/api/v1/audit?cursor=x")), "400 bad_cursor");
  EXPECT_EQ(json::parse(sent(other_, "GET", "/api/v1/audit").body).at("entries").as_array().size(),
            0U);
  for (const std::string& hidden :
       {secret, access, std::string(password), std::string("a wrong guess"), own_,
        auth::token_sha256(secret)}) {
    EXPECT_EQ(all.find(hidden), std::string::npos) << hidden;
    EXPECT_EQ(logged.find(hidden), std::string::npos) << hidden;
  }
}

}  // namespace
}  // namespace sluice::api
