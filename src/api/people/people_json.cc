#include "api/people/people_json.h"

#include <boost/json/array.hpp>

namespace sluice::api {

namespace json = boost::json;

namespace {

constexpr Micros second_us = 1'000'000;

json::value time_or_null(const std::optional<Micros>& at_us) {
  return at_us ? json::value(to_rfc3339(*at_us)) : json::value(nullptr);
}

json::value text_or_null(const std::string& text) {
  return text.empty() ? json::value(nullptr) : json::value(text);
}

}  // namespace

json::array scopes_json(auth::Permissions permissions) {
  json::array scopes;
  for (const auth::Permission each : {auth::Permission::read, auth::Permission::query,
                                      auth::Permission::write, auth::Permission::admin}) {
    if (permissions.has(each)) scopes.push_back(json::value(auth::name_of(each)));
  }
  return scopes;
}

json::object session_json(const accounts::Issued& issued, bool is_browser, Micros now_us) {
  json::object session{{"token_type", "Bearer"},
                       {"expires_in", (issued.access_expires_at_us - now_us) / second_us},
                       {"refresh_expires_at", to_rfc3339(issued.refresh_expires_at_us)},
                       {"session_id", issued.session_id},
                       {"person", json::object{{"id", issued.person_id}, {"login", issued.login}}},
                       {"tenant", issued.tenant.value},
                       {"role", auth::name_of(issued.role)},
                       {"csrf_token", text_or_null(issued.csrf_token)}};
  session["access_token"] = is_browser ? json::value(nullptr) : json::value(issued.access_token);
  session["refresh_token"] = is_browser ? json::value(nullptr) : json::value(issued.refresh_token);
  return session;
}

json::object registered_json(const accounts::Registered& registered) {
  return {{"id", registered.person_id},
          {"login", registered.login},
          {"tenant", registered.tenant.value},
          {"role", auth::name_of(registered.role)}};
}

json::object token_json(const metadata::TokenRecord& record) {
  return {{"id", record.id},
          {"name", record.token.name},
          {"prefix", text_or_null(record.token.prefix)},
          {"scopes", scopes_json(record.token.permissions)},
          {"person_id", text_or_null(record.token.person_id)},
          {"created_at", to_rfc3339(record.created_at_us)},
          {"expires_at", time_or_null(record.token.expires_at_us)},
          {"last_used_at", time_or_null(record.last_used_at_us)},
          {"revoked_at", time_or_null(record.revoked_at_us)}};
}

json::object invitation_json(const metadata::InvitationRecord& record) {
  return {{"id", record.id},
          {"role", auth::name_of(record.invitation.role)},
          {"login", text_or_null(record.invitation.login)},
          {"invited_by", record.invitation.invited_by},
          {"created_at", to_rfc3339(record.created_at_us)},
          {"expires_at", to_rfc3339(record.invitation.expires_at_us)},
          {"used_at", time_or_null(record.used_at_us)},
          {"used_by", text_or_null(record.used_by)},
          {"revoked_at", time_or_null(record.revoked_at_us)}};
}

json::object member_json(const metadata::MemberRecord& record) {
  return {{"id", record.person.id},
          {"login", record.person.login},
          {"role", auth::name_of(record.membership.role)},
          {"created_at", to_rfc3339(record.membership.created_at_us)},
          {"last_login_at", time_or_null(record.person.last_login_at_us)}};
}

json::object audit_json(const metadata::AuditEntry& entry) {
  return {{"id", entry.id},
          {"at", to_rfc3339(entry.at_us)},
          {"operation", entry.operation},
          {"object_id", text_or_null(entry.object_id)},
          {"result", entry.result},
          {"status", entry.status == 0 ? json::value(nullptr) : json::value(entry.status)},
          {"name", text_or_null(entry.name)},
          {"person_id", text_or_null(entry.person_id)},
          {"credential", text_or_null(entry.credential_kind)},
          {"credential_id", text_or_null(entry.credential_id)},
          {"address", text_or_null(entry.address)},
          {"request_id", text_or_null(entry.request_id)}};
}

}  // namespace sluice::api
