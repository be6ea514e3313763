// Logins, registration and passwords. Each asks for its whole body and a place in which a password
// may be hashed; the answers hold secrets and are kept by nobody.
#include <boost/json/serialize.hpp>

#include "accounts/error_codes.h"
#include "api/answered.h"
#include "api/error_codes.h"
#include "api/handler_helpers.h"
#include "api/handlers.h"
#include "api/json_body.h"
#include "api/people/people_json.h"
#include "api/people/session_cookies.h"
#include "api/people/who_asks.h"
#include "api/problem_json.h"
#include "api/request_limits.h"
#include "base/hash.h"

namespace sluice::api {

namespace json = boost::json;

namespace {

/// Longer than anybody waits for a login; a flood of them is refused.
constexpr std::chrono::milliseconds password_wait{10'000};
constexpr std::size_t word_bytes_max = 200;

using Work = std::function<Result<http::Response>(http::Request&)>;

/// The work with the whole body there and, where it hashes a password, in one of the places for
/// that; in the line of the client's address.
http::Response with_body(Context& context, http::Request& request, FairSlots* slots, Work work) {
  request.owner = caller_of(context, request).address;
  http::Later turn;
  turn.slots = slots;
  turn.wait = password_wait;
  turn.wants_body = true;
  turn.then = [work = std::move(work)](http::Request& whole, FairSlots::Place) {
    http::Response response = answered(whole, work(whole));
    response.headers.set("Cache-Control", "no-store");
    return response;
  };
  turn.refused = [](http::Request& waiting, http::NoTurn why) {
    return answered(waiting, fail(busy(Code::logins_busy, "Too many logins are being checked",
                                       "password_places", password_places)(why)));
  };
  http::Response response;
  response.body = std::move(turn);
  return response;
}

http::Response throttled(const http::Request& request, std::int64_t wait_s) {
  const Error error{Errc::resource_exhausted, accounts::Code::login_throttled,
                    "Too many logins failed, of this name or from this address.",
                    "Come again in " + std::to_string(wait_s) + " seconds."};
  http::Response response = problem_response(error, 429, request.request_id);
  response.headers.set("Retry-After", std::to_string(wait_s));
  return response;
}

/// What was issued as the body, or for a browser as cookies.
http::Response session_response(const Context& context, const http::Request& request,
                                const accounts::Issued& issued, bool is_browser) {
  const Micros now_us = context.intake.clock.now_us();
  http::Response response =
      json_response(200, json::serialize(session_json(issued, is_browser, now_us)));
  if (is_browser) {
    set_session_cookies(response, issued, peer_of(request, context.options.trusted_proxies),
                        now_us);
  }
  return response;
}

/// What it says where the refresh token comes by cookie: only a script of our page knows the other
/// cookie's value.
bool shows_csrf_cookie(const http::Request& request, const SessionCookies& cookies) {
  const std::string_view shown = request.headers.get(csrf_header);
  return !shown.empty() && is_from_our_page(request) &&
         equal_constant_time(shown, cookies.csrf_token);
}

Result<http::Response> do_log_in(Context& context, http::Request& request) {
  TRY_ASSIGN(JsonBody body, JsonBody::read(request));
  accounts::Login login;
  TRY_ASSIGN(login.login, body.text("login", word_bytes_max + auth::login_bytes_max));
  TRY_ASSIGN(login.password, body.text("password", account_body_bytes_max));
  TRY_ASSIGN(login.tenant, body.optional_text("tenant", word_bytes_max));
  TRY_ASSIGN(const std::string session, body.optional_text("session", word_bytes_max));
  TRY(body.finished());
  if (!session.empty() && session != "token" && session != "cookie") {
    return fail(Errc::invalid_argument, Code::bad_json_body,
                "/session is neither token nor cookie.");
  }
  login.is_browser = session == "cookie";
  const Peer peer = peer_of(request, context.options.trusted_proxies);
  if (login.is_browser && (!peer.may_have_cookies() || !is_from_our_page(request))) {
    return fail(Errc::permission_denied, Code::cookies_insecure,
                "A browser's session takes TLS, or a browser on this machine, and a page of ours.",
                "Put a proxy with TLS in front and name it in TRUSTED_PROXIES.");
  }
  const accounts::Caller caller = caller_of(context, request);
  if (const auto wait_s = context.accounts.throttle(caller, login.login)) {
    return throttled(request, *wait_s);
  }
  TRY_ASSIGN(const accounts::Issued issued, context.accounts.login(login, caller));
  return session_response(context, request, issued, login.is_browser);
}

Result<http::Response> do_refresh(Context& context, http::Request& request) {
  TRY_ASSIGN(JsonBody body, JsonBody::read(request));
  TRY_ASSIGN(std::string token, body.optional_text("refresh_token", word_bytes_max));
  TRY(body.finished());
  const bool is_browser = token.empty();
  if (is_browser) {
    const SessionCookies cookies =
        session_cookies_of(request, peer_of(request, context.options.trusted_proxies));
    if (!cookies.refresh_token.empty() && !shows_csrf_cookie(request, cookies)) {
      return fail(csrf_failed());
    }
    token = cookies.refresh_token;
  }
  TRY_ASSIGN(const accounts::Issued issued,
             context.accounts.refresh(token, caller_of(context, request)));
  return session_response(context, request, issued, is_browser);
}

/// Whatever of a session was shown ends with it.
Result<http::Response> do_log_out(Context& context, http::Request& request) {
  TRY_ASSIGN(JsonBody body, JsonBody::read(request));
  TRY_ASSIGN(const std::string token, body.optional_text("refresh_token", word_bytes_max));
  TRY(body.finished());
  const accounts::Caller caller = caller_of(context, request);
  const Peer peer = peer_of(request, context.options.trusted_proxies);
  http::Response response = http::Response::empty(204);
  if (!token.empty()) {
    TRY(context.accounts.log_out(std::string_view(token), caller));
    return response;
  }
  const SessionCookies cookies = session_cookies_of(request, peer);
  const Result<auth::Principal> principal = authenticate(context, request);
  if (principal) TRY(context.accounts.log_out(*principal, caller));
  if (!principal && principal.error().code == Code::csrf_failed) return fail(principal.error());
  if (!principal && !cookies.refresh_token.empty()) {
    if (!shows_csrf_cookie(request, cookies)) return fail(csrf_failed());
    TRY(context.accounts.log_out(std::string_view(cookies.refresh_token), caller));
  }
  if (!cookies.access_token.empty() || !cookies.refresh_token.empty()) {
    clear_session_cookies(response, peer);
  }
  return response;
}

Result<http::Response> do_register(Context& context, http::Request& request) {
  TRY_ASSIGN(JsonBody body, JsonBody::read(request));
  accounts::Registration registration;
  TRY_ASSIGN(registration.invitation, body.optional_text("invitation", word_bytes_max));
  TRY_ASSIGN(registration.login, body.text("login", word_bytes_max + auth::login_bytes_max));
  TRY_ASSIGN(registration.password, body.text("password", account_body_bytes_max));
  TRY_ASSIGN(registration.tenant_name, body.optional_text("tenant_name", word_bytes_max));
  TRY(body.finished());
  const accounts::Caller caller = caller_of(context, request);
  if (const auto wait_s = context.accounts.throttle(caller, registration.login)) {
    return throttled(request, *wait_s);
  }
  TRY_ASSIGN(const accounts::Registered registered,
             context.accounts.register_person(registration, caller));
  return json_response(201, json::serialize(registered_json(registered)));
}

Result<http::Response> do_change_password(Context& context, http::Request& request,
                                          const auth::Principal& principal) {
  TRY_ASSIGN(JsonBody body, JsonBody::read(request));
  TRY_ASSIGN(const std::string old_password, body.text("old_password", account_body_bytes_max));
  TRY_ASSIGN(const std::string new_password, body.text("new_password", account_body_bytes_max));
  TRY(body.finished());
  const accounts::Caller caller = caller_of(context, request);
  // A token has no password to guess, and its name is nobody's.
  if (principal.kind == auth::CredentialKind::session) {
    if (const auto wait_s = context.accounts.throttle(caller, principal.name)) {
      return throttled(request, *wait_s);
    }
  }
  TRY(context.accounts.change_password(principal, old_password, new_password, caller));
  return http::Response::empty(204);
}

}  // namespace

http::Response log_in(Context& context, http::Request& request) {
  return with_body(context, request, &context.password_slots,
                   [&context](http::Request& whole) { return do_log_in(context, whole); });
}

http::Response refresh_session(Context& context, http::Request& request) {
  return with_body(context, request, nullptr,
                   [&context](http::Request& whole) { return do_refresh(context, whole); });
}

http::Response log_out(Context& context, http::Request& request) {
  return with_body(context, request, nullptr,
                   [&context](http::Request& whole) { return do_log_out(context, whole); });
}

http::Response register_person(Context& context, http::Request& request) {
  return with_body(context, request, &context.password_slots,
                   [&context](http::Request& whole) { return do_register(context, whole); });
}

Result<http::Response> change_password(Context& context, http::Request& request,
                                       const auth::Principal& principal) {
  return with_body(context, request, &context.password_slots,
                   [&context, principal](http::Request& whole) {
                     return do_change_password(context, whole, principal);
                   });
}

}  // namespace sluice::api
