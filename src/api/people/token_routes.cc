// API tokens and invitations of a tenant: made, listed, revoked. The secret is in one answer alone.
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "accounts/error_codes.h"
#include "api/error_codes.h"
#include "api/handler_helpers.h"
#include "api/handlers.h"
#include "api/json_body.h"
#include "api/people/people_json.h"
#include "api/request_limits.h"
#include "auth/password.h"
#include "auth/secrets.h"
#include "base/hash.h"

namespace sluice::api {

namespace json = boost::json;

namespace {

constexpr Micros day_us = 86'400'000'000;
constexpr std::size_t scopes_max = 8;

http::Response secret_response(const std::string& location, const json::object& body) {
  http::Response response = json_response(201, json::serialize(body));
  response.headers.set("Location", location);
  response.headers.set("Cache-Control", "no-store");
  return response;
}

Result<auth::Permissions> permissions_of(const std::vector<std::string>& words,
                                         const auth::Principal& principal) {
  auth::Permissions permissions;
  for (const std::string& word : words) {
    const std::optional<auth::Permission> known = auth::parse_permission(word);
    if (!known) {
      return fail(Errc::invalid_argument, Code::bad_json_body, "/scopes holds what is no scope.",
                  "Use read, query, write and admin.");
    }
    if (!principal.permissions.has(*known)) {
      return fail(Errc::permission_denied, accounts::Code::scopes_beyond,
                  "A token may be given no more than its maker has.",
                  "Leave out " + word + ", or ask somebody who has it.");
    }
    permissions = permissions.with(*known);
  }
  return permissions;
}

/// The one that was just made, as the list shows it.
template <typename Record>
json::object shown(const std::vector<Record>& records, const std::string& id,
                   json::object (*render)(const Record&)) {
  for (const Record& record : records) {
    if (record.id == id) return render(record);
  }
  return {{"id", id}};
}

}  // namespace

Result<http::Response> list_tokens(Context& context, http::Request&,
                                   const auth::Principal& principal) {
  TRY_ASSIGN(const std::vector<metadata::TokenRecord> records,
             context.intake.store.list_tokens(principal.tenant));
  json::array tokens;
  for (const metadata::TokenRecord& record : records) tokens.push_back(token_json(record));
  return json_response(200, json::serialize(json::object{{"tokens", std::move(tokens)}}));
}

Result<http::Response> create_token(Context& context, http::Request& request,
                                    const auth::Principal& principal) {
  TRY_ASSIGN(JsonBody body, JsonBody::read(request));
  metadata::NewToken token{.tenant = principal.tenant, .sha256 = {}};
  TRY_ASSIGN(token.name, body.text("name", credential_name_bytes_max));
  TRY_ASSIGN(const std::vector<std::string> scopes, body.texts("scopes", scopes_max));
  TRY_ASSIGN(const std::optional<std::int64_t> days,
             body.optional_number("expires_in_days", 1, credential_days_max));
  TRY(body.finished());
  TRY_ASSIGN(token.permissions, permissions_of(scopes, principal));
  if (days) token.expires_at_us = context.intake.clock.now_us() + *days * day_us;
  token.person_id = principal.person_id;
  const std::string secret = auth::make_token();
  token.sha256 = auth::token_sha256(secret);
  token.prefix = auth::token_prefix(secret);
  TRY_ASSIGN(const std::string id, context.intake.store.add_token(token));
  TRY_ASSIGN(const std::vector<metadata::TokenRecord> records,
             context.intake.store.list_tokens(principal.tenant));
  json::object answer = shown(records, id, token_json);
  answer["token"] = secret;
  return secret_response("/api/v1/tokens/" + id, answer);
}

Result<http::Response> revoke_token(Context& context, http::Request& request,
                                    const auth::Principal& principal) {
  TRY(context.intake.store.revoke_token(principal.tenant, request.parameter("id")));
  context.accounts.authenticator().forget();
  return http::Response::empty(204);
}

Result<http::Response> list_invitations(Context& context, http::Request&,
                                        const auth::Principal& principal) {
  TRY_ASSIGN(const std::vector<metadata::InvitationRecord> records,
             context.intake.store.list_invitations(principal.tenant));
  json::array invitations;
  for (const metadata::InvitationRecord& each : records) {
    invitations.push_back(invitation_json(each));
  }
  return json_response(200, json::serialize(json::object{{"invitations", std::move(invitations)}}));
}

Result<http::Response> create_invitation(Context& context, http::Request& request,
                                         const auth::Principal& principal) {
  TRY_ASSIGN(JsonBody body, JsonBody::read(request));
  metadata::NewInvitation invitation{.tenant = principal.tenant, .sha256 = {}};
  TRY_ASSIGN(const std::string role, body.text("role", credential_name_bytes_max));
  TRY_ASSIGN(invitation.login, body.optional_text("login", credential_name_bytes_max * 2));
  TRY_ASSIGN(const std::optional<std::int64_t> days,
             body.optional_number("expires_in_days", 1, invitation_days_max));
  TRY(body.finished());
  const std::optional<auth::Role> known = auth::parse_role(role);
  if (!known) {
    return fail(Errc::invalid_argument, Code::bad_json_body, "/role is no role.",
                "Use viewer, editor or owner.");
  }
  invitation.role = *known;
  if (!invitation.login.empty()) {
    TRY_ASSIGN(invitation.login, auth::normal_login(invitation.login));
  }
  const std::string secret = auth::make_invitation();
  invitation.sha256 = sha256_hex(secret);
  invitation.invited_by = principal.name;
  invitation.expires_at_us =
      context.intake.clock.now_us() + days.value_or(invitation_days_default) * day_us;
  TRY_ASSIGN(const std::string id, context.intake.store.add_invitation(invitation));
  TRY_ASSIGN(const std::vector<metadata::InvitationRecord> records,
             context.intake.store.list_invitations(principal.tenant));
  json::object answer = shown(records, id, invitation_json);
  answer["invitation"] = secret;
  // Behind the #, so that it is in no server's log.
  answer["link"] = "/#invitation=" + secret;
  return secret_response("/api/v1/invitations/" + id, answer);
}

Result<http::Response> revoke_invitation(Context& context, http::Request& request,
                                         const auth::Principal& principal) {
  TRY(context.intake.store.revoke_invitation(principal.tenant, request.parameter("id")));
  return http::Response::empty(204);
}

}  // namespace sluice::api
