#pragma once

#include <soci/soci.h>

#include <string>
#include <string_view>

#include "auth/permissions.h"
#include "base/clock.h"
#include "base/result.h"
#include "dataset/dataset.h"

/// Rows of people and memberships, as several writes make them. Inside a write; throws
/// soci::soci_error.
namespace sluice::metadata {

/// Gives the new person's id; `login_taken`.
Result<std::string> insert_person(soci::session& session, Micros now_us, std::string_view login,
                                  std::string_view password_hash);
/// A member of that role, whatever was before.
void upsert_membership(soci::session& session, Micros now_us, std::string_view person_id,
                       const TenantId& tenant, auth::Role role);
/// Nobody could administer the tenant any more.
tl::unexpected<Error> last_owner();

}  // namespace sluice::metadata
