#pragma once

#include <boost/json/object.hpp>

#include "accounts/accounts.h"
#include "metadata/people_records.h"

namespace sluice::api {

// People, sessions and tokens as JSON. Pure. Keys are a contract with every client: add, never
// rename or drop one. A secret is only in what issues it.

/// Of a login or a refresh; a browser is told no token, for its cookies have them.
boost::json::object session_json(const accounts::Issued& issued, bool is_browser, Micros now_us);
boost::json::object registered_json(const accounts::Registered& registered);
boost::json::object token_json(const metadata::TokenRecord& record);
boost::json::object invitation_json(const metadata::InvitationRecord& record);
boost::json::object member_json(const metadata::MemberRecord& record);
boost::json::object audit_json(const metadata::AuditEntry& entry);
/// `["read", "query"]`.
boost::json::array scopes_json(auth::Permissions permissions);

}  // namespace sluice::api
