// Store: people, and what they are in which tenant.
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

tl::unexpected<Error> no_such_person() {
  return fail(Errc::not_found, Code::person_not_found, "There is no such person in the tenant.",
              "sluice user list shows who is.");
}

Result<std::optional<PersonRecord>> person_where(soci::session& session, const char* column,
                                                 std::string_view value) {
  PersonRecord person;
  SqlStatement select(session, std::string("SELECT person_id, login, password_hash, created_at_us, "
                                           "last_login_at_us, disabled_at_us FROM people WHERE ") +
                                   column + " = :value");
  select.bind(value)
      .out(person.id)
      .out(person.login)
      .out(person.password_hash)
      .out(person.created_at_us)
      .out(person.last_login_at_us)
      .out(person.disabled_at_us);
  if (!select.next()) return std::optional<PersonRecord>();
  return std::optional<PersonRecord>(std::move(person));
}

/// Of the tenant, who are not that one; inside its lock.
std::int64_t other_owners(soci::session& session, const TenantId& tenant,
                          std::string_view person_id) {
  std::int64_t owners = 0;
  SqlStatement count(session,
                     "SELECT count(*) FROM memberships WHERE tenant_id = :tenant "
                     "AND role = 'owner' AND person_id <> :person");
  count.bind(tenant.value).bind(person_id).out(owners).next();
  return owners;
}

}  // namespace

Result<std::string> insert_person(soci::session& session, Micros now_us, std::string_view login,
                                  std::string_view password_hash) {
  const std::string person_id = new_uuid_v7();
  const std::int64_t added =
      SqlStatement(session,
                   "INSERT INTO people (person_id, login, password_hash, created_at_us, "
                   "password_changed_at_us) VALUES (:id, :login, :hash, :at, :changed) "
                   "ON CONFLICT (login) DO NOTHING")
          .bind(person_id)
          .bind(login)
          .bind(password_hash)
          .bind(now_us)
          .bind(now_us)
          .run();
  if (added == 0) {
    return fail(Errc::conflict, Code::login_taken, "Somebody has that login already.",
                "Choose another one, or use it with its password.");
  }
  return person_id;
}

void upsert_membership(soci::session& session, Micros now_us, std::string_view person_id,
                       const TenantId& tenant, auth::Role role) {
  SqlStatement(session,
               "INSERT INTO memberships (person_id, tenant_id, role, created_at_us) "
               "VALUES (:person, :tenant, :role, :at) "
               "ON CONFLICT (person_id, tenant_id) DO UPDATE SET role = excluded.role")
      .bind(person_id)
      .bind(tenant.value)
      .bind(auth::name_of(role))
      .bind(now_us)
      .run();
}

Result<std::string> Store::add_person(std::string_view login, std::string_view password_hash,
                                      const TenantId& tenant, auth::Role role) {
  return impl_->write([&](soci::session& session) -> Result<std::string> {
    const Micros now_us = impl_->clock.now_us();
    TRY_ASSIGN(std::string person_id, insert_person(session, now_us, login, password_hash));
    upsert_membership(session, now_us, person_id, tenant, role);
    return person_id;
  });
}

Result<std::optional<PersonRecord>> Store::find_person(std::string_view login) const {
  return impl_->read([&](soci::session& session) { return person_where(session, "login", login); });
}

Result<std::optional<PersonRecord>> Store::get_person(std::string_view person_id) const {
  return impl_->read(
      [&](soci::session& session) { return person_where(session, "person_id", person_id); });
}

Result<std::vector<MemberRecord>> Store::list_members(const TenantId& tenant) const {
  return impl_->read([&](soci::session& session) -> Result<std::vector<MemberRecord>> {
    MemberRecord member;
    std::string role;
    SqlStatement select(
        session, std::string("SELECT p.person_id, p.login, p.created_at_us, p.last_login_at_us, "
                             "p.disabled_at_us, m.tenant_id, t.name, m.role, m.created_at_us "
                             "FROM memberships m JOIN people p ON p.person_id = m.person_id "
                             "JOIN tenants t ON t.tenant_id = m.tenant_id ") +
                     (tenant.value.empty() ? "" : "WHERE m.tenant_id = :tenant ") +
                     "ORDER BY m.tenant_id, m.created_at_us, m.person_id");
    if (!tenant.value.empty()) select.bind(tenant.value);
    select.out(member.person.id)
        .out(member.person.login)
        .out(member.person.created_at_us)
        .out(member.person.last_login_at_us)
        .out(member.person.disabled_at_us)
        .out(member.membership.tenant.value)
        .out(member.membership.tenant_name)
        .out(role)
        .out(member.membership.created_at_us);
    std::vector<MemberRecord> members;
    while (select.next()) {
      member.membership.role = auth::parse_role(role).value_or(auth::Role::viewer);
      members.push_back(member);
    }
    return members;
  });
}

Result<std::vector<Membership>> Store::memberships_of(std::string_view person_id) const {
  return impl_->read([&](soci::session& session) -> Result<std::vector<Membership>> {
    Membership membership;
    std::string role;
    SqlStatement select(session,
                        "SELECT m.tenant_id, t.name, m.role, m.created_at_us FROM memberships m "
                        "JOIN tenants t ON t.tenant_id = m.tenant_id WHERE m.person_id = :person "
                        "ORDER BY m.created_at_us, m.tenant_id");
    select.bind(person_id)
        .out(membership.tenant.value)
        .out(membership.tenant_name)
        .out(role)
        .out(membership.created_at_us);
    std::vector<Membership> all;
    while (select.next()) {
      const std::optional<auth::Role> known = auth::parse_role(role);
      if (!known) continue;  // A newer Sluice's role: grant nothing.
      membership.role = *known;
      all.push_back(membership);
    }
    return all;
  });
}

Result<void> Store::set_membership(std::string_view person_id, const TenantId& tenant,
                                   auth::Role role) {
  return impl_->write([&](soci::session& session) -> Result<void> {
    lock_tenant(impl_->engine(), session, tenant);
    if (role != auth::Role::owner && other_owners(session, tenant, person_id) == 0) {
      std::int64_t was_owner = 0;
      SqlStatement select(session,
                          "SELECT count(*) FROM memberships WHERE tenant_id = :tenant "
                          "AND role = 'owner' AND person_id = :person");
      select.bind(tenant.value).bind(person_id).out(was_owner).next();
      if (was_owner > 0) return last_owner();
    }
    upsert_membership(session, impl_->clock.now_us(), person_id, tenant, role);
    credentials_changed(session);
    return {};
  });
}

Result<void> Store::remove_membership(std::string_view person_id, const TenantId& tenant) {
  return impl_->write([&](soci::session& session) -> Result<void> {
    lock_tenant(impl_->engine(), session, tenant);
    if (other_owners(session, tenant, person_id) == 0) {
      std::int64_t members = 0;
      SqlStatement count(session,
                         "SELECT count(*) FROM memberships WHERE tenant_id = :tenant "
                         "AND person_id = :person AND role = 'owner'");
      count.bind(tenant.value).bind(person_id).out(members).next();
      if (members > 0) return last_owner();
    }
    const std::int64_t removed =
        SqlStatement(session,
                     "DELETE FROM memberships WHERE person_id = :person AND tenant_id = :tenant")
            .bind(person_id)
            .bind(tenant.value)
            .run();
    if (removed == 0) return no_such_person();
    SqlStatement(session,
                 "UPDATE sessions SET revoked_at_us = :now WHERE person_id = :person "
                 "AND tenant_id = :tenant AND revoked_at_us IS NULL")
        .bind(impl_->clock.now_us())
        .bind(person_id)
        .bind(tenant.value)
        .run();
    credentials_changed(session);
    return {};
  });
}

Result<void> Store::set_password(std::string_view person_id, std::string_view password_hash,
                                 std::string_view kept_session_id) {
  return impl_->write([&](soci::session& session) -> Result<void> {
    const Micros now_us = impl_->clock.now_us();
    const std::int64_t changed =
        SqlStatement(session,
                     "UPDATE people SET password_hash = :hash, password_changed_at_us = :now "
                     "WHERE person_id = :person")
            .bind(password_hash)
            .bind(now_us)
            .bind(person_id)
            .run();
    if (changed == 0) return no_such_person();
    SqlStatement(session,
                 "UPDATE sessions SET revoked_at_us = :now WHERE person_id = :person "
                 "AND session_id <> :kept AND revoked_at_us IS NULL")
        .bind(now_us)
        .bind(person_id)
        .bind(kept_session_id)
        .run();
    credentials_changed(session);
    return {};
  });
}

Result<void> Store::rehash_password(std::string_view person_id, std::string_view old_hash,
                                    std::string_view new_hash) {
  return impl_->write([&](soci::session& session) -> Result<void> {
    SqlStatement(session,
                 "UPDATE people SET password_hash = :hash WHERE person_id = :person "
                 "AND password_hash = :old")
        .bind(new_hash)
        .bind(person_id)
        .bind(old_hash)
        .run();
    return {};
  });
}

tl::unexpected<Error> last_owner() {
  return fail(Errc::conflict, Code::last_owner, "The tenant would be left without an owner.",
              "Make somebody else an owner first.");
}

}  // namespace sluice::metadata
