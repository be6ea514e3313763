// Store: invitations to a tenant, each for one person and for a while.
#include "base/ids.h"
#include "metadata/error_codes.h"
#include "metadata/rows/credentials.h"
#include "metadata/rows/locks.h"
#include "metadata/rows/people_rows.h"
#include "metadata/rows/store_impl.h"
#include "metadata/sql/statement.h"
#include "metadata/store.h"

namespace sluice::metadata {
namespace {

/// Of a tenant, open: more than a team invites at a time.
constexpr std::int64_t open_max = 200;

constexpr const char* select_invitations =
    "SELECT invitation_id, tenant_id, role, login, invited_by, created_at_us, expires_at_us, "
    "used_at_us, used_by, revoked_at_us FROM invitations WHERE ";

std::vector<InvitationRecord> all_of(SqlStatement& select) {
  InvitationRecord record;
  std::string role;
  select.out(record.id)
      .out(record.invitation.tenant.value)
      .out(role)
      .out(record.invitation.login)
      .out(record.invitation.invited_by)
      .out(record.created_at_us)
      .out(record.invitation.expires_at_us)
      .out(record.used_at_us)
      .out(record.used_by)
      .out(record.revoked_at_us);
  std::vector<InvitationRecord> records;
  while (select.next()) {
    const std::optional<auth::Role> known = auth::parse_role(role);
    if (!known) continue;  // A newer Sluice's role: nobody may use it here.
    record.invitation.role = *known;
    records.push_back(record);
  }
  return records;
}

std::optional<InvitationRecord> open_one(soci::session& session, std::string_view sha256,
                                         Micros now_us) {
  SqlStatement select(session, std::string(select_invitations) +
                                   "sha256 = :sha256 AND used_at_us IS NULL "
                                   "AND revoked_at_us IS NULL AND expires_at_us > :now");
  select.bind(sha256).bind(now_us);
  std::vector<InvitationRecord> records = all_of(select);
  if (records.empty()) return std::nullopt;
  return std::move(records.front());
}

tl::unexpected<Error> invalid() {
  return fail(Errc::permission_denied, Code::invitation_invalid,
              "There is no such invitation, or it was used, revoked, or has expired.",
              "Ask for a new one.");
}

}  // namespace

Result<std::string> Store::add_invitation(const NewInvitation& invitation) {
  const std::string id = new_uuid_v7();
  return impl_->write([&](soci::session& session) -> Result<std::string> {
    lock_tenant(impl_->engine(), session, invitation.tenant);
    const Micros now_us = impl_->clock.now_us();
    std::int64_t open = 0;
    SqlStatement count(session,
                       "SELECT count(*) FROM invitations WHERE tenant_id = :tenant "
                       "AND used_at_us IS NULL AND revoked_at_us IS NULL AND expires_at_us > :now");
    count.bind(invitation.tenant.value).bind(now_us).out(open).next();
    if (open >= open_max) {
      return fail(Errc::conflict, Code::too_many_invitations,
                  "There are " + std::to_string(open) + " open invitations already.",
                  "Revoke some of them first.");
    }
    SqlStatement(session,
                 "INSERT INTO invitations (invitation_id, sha256, tenant_id, role, login, "
                 "invited_by, created_at_us, expires_at_us, used_by) VALUES (:id, :sha256, "
                 ":tenant, :role, :login, :by, :created, :expires, '')")
        .bind(id)
        .bind(invitation.sha256)
        .bind(invitation.tenant.value)
        .bind(auth::name_of(invitation.role))
        .bind(invitation.login)
        .bind(invitation.invited_by)
        .bind(now_us)
        .bind(invitation.expires_at_us)
        .run();
    return id;
  });
}

Result<std::vector<InvitationRecord>> Store::list_invitations(const TenantId& tenant) const {
  return impl_->read([&](soci::session& session) -> Result<std::vector<InvitationRecord>> {
    SqlStatement select(session, std::string(select_invitations) +
                                     "tenant_id = :tenant "
                                     "ORDER BY created_at_us DESC, invitation_id DESC LIMIT 1000");
    select.bind(tenant.value);
    return all_of(select);
  });
}

Result<std::optional<InvitationRecord>> Store::find_invitation(std::string_view sha256) const {
  return impl_->read([&](soci::session& session) -> Result<std::optional<InvitationRecord>> {
    return open_one(session, sha256, impl_->clock.now_us());
  });
}

Result<void> Store::revoke_invitation(const TenantId& tenant, std::string_view invitation_id) {
  return impl_->write([&](soci::session& session) -> Result<void> {
    const std::int64_t changed =
        SqlStatement(session,
                     "UPDATE invitations SET revoked_at_us = COALESCE(revoked_at_us, :now) "
                     "WHERE invitation_id = :id AND tenant_id = :tenant AND used_at_us IS NULL")
            .bind(impl_->clock.now_us())
            .bind(invitation_id)
            .bind(tenant.value)
            .run();
    if (changed == 1) return {};
    return fail(Errc::not_found, Code::invitation_not_found,
                "There is no such invitation that is open.",
                "GET /api/v1/invitations lists those that are there.");
  });
}

Result<std::string> Store::accept_invitation(std::string_view sha256, std::string_view login,
                                             std::string_view password_hash,
                                             std::string_view known_person_id) {
  return impl_->write([&](soci::session& session) -> Result<std::string> {
    const Micros now_us = impl_->clock.now_us();
    // Changed first, so that of two who use it at once one waits here and then finds it used.
    const std::int64_t taken =
        SqlStatement(session,
                     "UPDATE invitations SET used_by = :login WHERE sha256 = :sha256 "
                     "AND used_at_us IS NULL")
            .bind(login)
            .bind(sha256)
            .run();
    std::optional<InvitationRecord> open = open_one(session, sha256, now_us);
    if (taken == 0 || !open) return invalid();
    if (!open->invitation.login.empty() && open->invitation.login != login) return invalid();
    std::string person_id(known_person_id);
    if (person_id.empty()) {
      TRY_ASSIGN(person_id, insert_person(session, now_us, login, password_hash));
    }
    upsert_membership(session, now_us, person_id, open->invitation.tenant, open->invitation.role);
    SqlStatement(session, "UPDATE invitations SET used_at_us = :now WHERE invitation_id = :id")
        .bind(now_us)
        .bind(open->id)
        .run();
    credentials_changed(session);
    return person_id;
  });
}

}  // namespace sluice::metadata
