#pragma once

#include <soci/soci.h>

#include <string>
#include <string_view>

#include "auth/permissions.h"
#include "base/clock.h"
#include "base/result.h"
#include "metadata/sql/database_engine.h"

/// What the parts of the store that know people and credentials share. Inside a write; throws
/// soci::soci_error.
namespace sluice::metadata {

/// Some credential is worth less from this commit on. The last statement of a write: its row is
/// locked by each of them.
void credentials_changed(soci::session& session);

/// For what is read of a person and then written: their sessions, password, memberships. After the
/// tenant's lock, where that is taken.
void lock_person(const Engine& engine, soci::session& session, std::string_view person_id);

/// What somebody with this stored role may; nothing for no role, or one that is not known.
auth::Permissions permissions_of_role(std::string_view role);

}  // namespace sluice::metadata
