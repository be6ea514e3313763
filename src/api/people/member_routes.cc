// Who is asking, who is in the tenant, and what was done there.
#include <charconv>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "api/error_codes.h"
#include "api/handler_helpers.h"
#include "api/handlers.h"
#include "api/json_body.h"
#include "api/people/people_json.h"
#include "api/request_limits.h"
#include "base/ids.h"
#include "metadata/error_codes.h"

namespace sluice::api {

namespace json = boost::json;

namespace {

Result<metadata::AuditCursor> parse_cursor(const std::string& text) {
  metadata::AuditCursor cursor;
  const std::size_t dot = std::min(text.find('.'), text.size());
  const auto [end, code] = std::from_chars(text.data(), text.data() + dot, cursor.at_us);
  if (dot == text.size() || code != std::errc() || end != text.data() + dot ||
      !is_uuid(text.substr(dot + 1))) {
    return fail(Errc::invalid_argument, Code::bad_cursor, "The cursor is not one of ours.",
                "Use next_cursor of the page before, unchanged.");
  }
  cursor.id = text.substr(dot + 1);
  return cursor;
}

/// The member behind `{id}`; `person_not_found` for anybody else.
Result<metadata::MemberRecord> member_of(const Context& context, const http::Request& request,
                                         const auth::Principal& principal) {
  TRY_ASSIGN(const std::vector<metadata::MemberRecord> members,
             context.intake.store.list_members(principal.tenant));
  for (const metadata::MemberRecord& member : members) {
    if (member.person.id == request.parameter("id")) return member;
  }
  return fail(Errc::not_found, metadata::Code::person_not_found,
              "There is no such person in the tenant.", "GET /api/v1/members lists who is.");
}

}  // namespace

Result<http::Response> get_me(Context& context, http::Request&, const auth::Principal& principal) {
  json::object body{
      {"tenant", principal.tenant.value},
      {"name", principal.name},
      {"credential", principal.kind == auth::CredentialKind::session ? "session" : "token"},
      {"credential_id", principal.credential_id},
      {"scopes", scopes_json(principal.permissions)},
      {"person", nullptr},
      {"role", nullptr},
      {"tenants", json::array{}}};
  if (principal.kind == auth::CredentialKind::session) {
    body["person"] = json::object{{"id", principal.person_id}, {"login", principal.name}};
    TRY_ASSIGN(const std::vector<metadata::Membership> memberships,
               context.intake.store.memberships_of(principal.person_id));
    for (const metadata::Membership& each : memberships) {
      if (each.tenant == principal.tenant) body["role"] = auth::name_of(each.role);
      body["tenants"].as_array().push_back(json::object{{"id", each.tenant.value},
                                                        {"name", each.tenant_name},
                                                        {"role", auth::name_of(each.role)}});
    }
  }
  http::Response response = json_response(200, json::serialize(body));
  response.headers.set("Cache-Control", "no-store");
  return response;
}

Result<http::Response> list_members(Context& context, http::Request&,
                                    const auth::Principal& principal) {
  TRY_ASSIGN(const std::vector<metadata::MemberRecord> records,
             context.intake.store.list_members(principal.tenant));
  json::array members;
  for (const metadata::MemberRecord& record : records) members.push_back(member_json(record));
  return json_response(200, json::serialize(json::object{{"members", std::move(members)}}));
}

Result<http::Response> change_member(Context& context, http::Request& request,
                                     const auth::Principal& principal) {
  TRY_ASSIGN(JsonBody body, JsonBody::read(request));
  TRY_ASSIGN(const std::string word, body.text("role", credential_name_bytes_max));
  TRY(body.finished());
  const std::optional<auth::Role> role = auth::parse_role(word);
  if (!role) {
    return fail(Errc::invalid_argument, Code::bad_json_body, "/role is no role.",
                "Use viewer, editor or owner.");
  }
  TRY_ASSIGN(metadata::MemberRecord member, member_of(context, request, principal));
  TRY(context.intake.store.set_membership(member.person.id, principal.tenant, *role));
  context.accounts.authenticator().forget();
  member.membership.role = *role;
  return json_response(200, json::serialize(member_json(member)));
}

Result<http::Response> remove_member(Context& context, http::Request& request,
                                     const auth::Principal& principal) {
  TRY(context.intake.store.remove_membership(request.parameter("id"), principal.tenant));
  context.accounts.authenticator().forget();
  return http::Response::empty(204);
}

Result<http::Response> list_audit(Context& context, http::Request& request,
                                  const auth::Principal& principal) {
  TRY_ASSIGN(const std::int64_t limit, limit_of(request, list_limit_default, list_limit_max));
  std::optional<metadata::AuditCursor> after;
  if (const std::string* cursor = request.query_parameter("cursor")) {
    TRY_ASSIGN(after, parse_cursor(*cursor));
  }
  TRY_ASSIGN(const metadata::AuditPage page,
             context.intake.store.list_audit(principal.tenant, limit, after));
  json::array entries;
  for (const metadata::AuditEntry& entry : page.entries) entries.push_back(audit_json(entry));
  json::value next(nullptr);
  if (page.next) next = std::to_string(page.next->at_us) + "." + page.next->id;
  return json_response(
      200, json::serialize(json::object{{"entries", std::move(entries)}, {"next_cursor", next}}));
}

}  // namespace sluice::api
