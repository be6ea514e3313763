#include "api/people/who_asks.h"

#include "accounts/error_codes.h"
#include "api/error_codes.h"
#include "api/people/session_cookies.h"
#include "base/hash.h"

namespace sluice::api {
namespace {

tl::unexpected<Error> nobody(const char* why) {
  return fail(
      Errc::unauthenticated, accounts::Code::token_invalid, why,
      "Send Authorization: Bearer with the content of DATA_STORAGE_PATH/token, with another "
      "token, or with what a login gave.");
}

bool is_safe(const http::Request& request) {
  return request.method == "GET" || request.method == "HEAD" || request.method == "OPTIONS";
}

Result<void> check_csrf(const http::Request& request, const auth::Principal& principal) {
  if (is_safe(request)) return {};
  const std::string_view shown = request.headers.get(csrf_header);
  if (shown.empty() || principal.csrf_sha256.empty() || !is_from_our_page(request) ||
      !equal_constant_time(sha256_hex(shown), principal.csrf_sha256)) {
    return fail(csrf_failed());
  }
  return {};
}

/// What the request shows, by header or by cookie; empty for nothing. `Authorization` in another
/// form counts as one that is not valid.
struct Shown {
  std::string credential;
  bool is_cookie = false;
};

Shown shown_by(const Context& context, const http::Request& request) {
  if (request.headers.find("Authorization") != nullptr) {
    const std::optional<std::string_view> credential =
        auth::bearer_credential(request.headers.get("Authorization"));
    return {std::string(credential.value_or("")), false};
  }
  const Peer peer = peer_of(request, context.options.trusted_proxies);
  return {session_cookies_of(request, peer).access_token, true};
}

}  // namespace

Error csrf_failed() {
  return {Errc::permission_denied, Code::csrf_failed,
          "The request was let in by a cookie alone, and changes something.",
          "Send X-CSRF-Token with what the cookie sluice-csrf holds, from a page of ours."};
}

accounts::Caller caller_of(const Context& context, const http::Request& request) {
  return {peer_of(request, context.options.trusted_proxies).address, request.request_id};
}

Result<auth::Principal> authenticate(Context& context, const http::Request& request) {
  const Shown shown = shown_by(context, request);
  if (shown.credential.empty()) {
    return nobody(shown.is_cookie ? "No token was sent." : "The token is not valid.");
  }
  const std::string digest = auth::token_sha256(shown.credential);
  Result<auth::Principal> principal =
      context.accounts.authenticator().authenticate(shown.credential);
  if (!principal) {
    context.callers.forget(digest);
    return principal;
  }
  context.callers.learn(digest, principal->tenant.value);
  if (shown.is_cookie) TRY(check_csrf(request, *principal));
  return principal;
}

std::string owner_hint(const Context& context, const http::Request& request) {
  const Shown shown = shown_by(context, request);
  if (shown.credential.empty()) return {};
  // No tenant's name has a blank.
  if (equal_constant_time(shown.credential, context.options.mcp_api_key)) return "the MCP server";
  return context.callers.tenant_of(auth::token_sha256(shown.credential));
}

}  // namespace sluice::api
