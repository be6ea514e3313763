// Store: logins, each with the refresh token that is its newest.
#include "base/ids.h"
#include "metadata/rows/credentials.h"
#include "metadata/rows/store_impl.h"
#include "metadata/sql/statement.h"
#include "metadata/store.h"

namespace sluice::metadata {
namespace {

/// Of a browser: a tab that asks with the token that another one has just replaced.
constexpr Micros race_us = 10'000'000;

/// A session with what only its rotation needs.
struct SessionRow {
  SessionRecord record;
  std::string replaced_sha256;
  Micros refreshed_at_us = 0;
};

std::optional<SessionRow> session_where(soci::session& session, const char* column,
                                        std::string_view value) {
  SessionRow row;
  NewSession& stored = row.record.session;
  std::string role;
  std::int64_t is_browser = 0;
  std::optional<std::int64_t> disabled;
  SqlStatement select(
      session,
      std::string(
          "SELECT s.session_id, s.person_id, s.tenant_id, s.family_sha256, s.refresh_sha256, "
          "s.replaced_sha256, s.csrf_sha256, s.is_browser, s.created_at_us, s.refreshed_at_us, "
          "s.expires_at_us, s.revoked_at_us, p.login, p.disabled_at_us, COALESCE(m.role, '') "
          "FROM sessions s JOIN people p ON p.person_id = s.person_id "
          "LEFT JOIN memberships m ON m.person_id = s.person_id AND m.tenant_id = s.tenant_id "
          "WHERE s.") +
          column + " = :value");
  select.bind(value)
      .out(row.record.id)
      .out(stored.person_id)
      .out(stored.tenant.value)
      .out(stored.family_sha256)
      .out(stored.refresh_sha256)
      .out(row.replaced_sha256)
      .out(stored.csrf_sha256)
      .out(is_browser)
      .out(row.record.created_at_us)
      .out(row.refreshed_at_us)
      .out(stored.expires_at_us)
      .out(row.record.revoked_at_us)
      .out(row.record.login)
      .out(disabled)
      .out(role);
  if (!select.next()) return std::nullopt;
  stored.is_browser = is_browser != 0;
  if (!disabled) {
    row.record.role = auth::parse_role(role);
    row.record.permissions = permissions_of_role(role);
  }
  return row;
}

/// What was not rotated: why.
Rotation judge(const SessionRow& row, std::string_view refresh_sha256, Micros now_us) {
  const SessionRecord& record = row.record;
  if (record.revoked_at_us || record.session.expires_at_us <= now_us || !record.role) {
    return Rotation::ended;
  }
  if (record.session.refresh_sha256 == refresh_sha256) return Rotation::ended;
  const bool is_just_replaced =
      row.replaced_sha256 == refresh_sha256 && now_us - row.refreshed_at_us < race_us;
  return record.session.is_browser && is_just_replaced ? Rotation::raced : Rotation::reused;
}

void end_session(soci::session& session, std::string_view session_id, Micros now_us) {
  SqlStatement(session,
               "UPDATE sessions SET revoked_at_us = :now WHERE session_id = :id "
               "AND revoked_at_us IS NULL")
      .bind(now_us)
      .bind(session_id)
      .run();
  credentials_changed(session);
}

}  // namespace

Result<std::string> Store::create_session(const NewSession& session_in) {
  const std::string session_id = new_uuid_v7();
  return impl_->write([&](soci::session& session) -> Result<std::string> {
    const Micros now_us = impl_->clock.now_us();
    SqlStatement(session, "UPDATE people SET last_login_at_us = :now WHERE person_id = :person")
        .bind(now_us)
        .bind(session_in.person_id)
        .run();
    SqlStatement(session,
                 "INSERT INTO sessions (session_id, person_id, tenant_id, family_sha256, "
                 "refresh_sha256, replaced_sha256, csrf_sha256, is_browser, created_at_us, "
                 "refreshed_at_us, expires_at_us) VALUES (:id, :person, :tenant, :family, "
                 ":refresh, '', :csrf, :browser, :created, :refreshed, :expires)")
        .bind(session_id)
        .bind(session_in.person_id)
        .bind(session_in.tenant.value)
        .bind(session_in.family_sha256)
        .bind(session_in.refresh_sha256)
        .bind(session_in.csrf_sha256)
        .bind(std::int64_t{session_in.is_browser ? 1 : 0})
        .bind(now_us)
        .bind(now_us)
        .bind(session_in.expires_at_us)
        .run();
    return session_id;
  });
}

Result<std::optional<SessionRecord>> Store::get_session(std::string_view session_id) const {
  return impl_->read([&](soci::session& session) -> Result<std::optional<SessionRecord>> {
    std::optional<SessionRow> row = session_where(session, "session_id", session_id);
    if (!row) return std::optional<SessionRecord>();
    return std::optional<SessionRecord>(std::move(row->record));
  });
}

Result<RotationResult> Store::rotate_session(std::string_view family_sha256,
                                             std::string_view refresh_sha256,
                                             std::string_view next_sha256, Micros expires_at_us) {
  return impl_->write([&](soci::session& session) -> Result<RotationResult> {
    const Micros now_us = impl_->clock.now_us();
    // Of two that show the same token one changes the row, and the other finds it changed.
    const std::int64_t rotated =
        SqlStatement(session,
                     "UPDATE sessions SET replaced_sha256 = refresh_sha256, "
                     "refresh_sha256 = :next, refreshed_at_us = :at, expires_at_us = :expires "
                     "WHERE family_sha256 = :family AND refresh_sha256 = :refresh "
                     "AND revoked_at_us IS NULL AND expires_at_us > :now "
                     "AND EXISTS (SELECT 1 FROM memberships m JOIN people p "
                     "ON p.person_id = m.person_id WHERE m.person_id = sessions.person_id "
                     "AND m.tenant_id = sessions.tenant_id AND p.disabled_at_us IS NULL)")
            .bind(next_sha256)
            .bind(now_us)
            .bind(expires_at_us)
            .bind(family_sha256)
            .bind(refresh_sha256)
            .bind(now_us)
            .run();
    std::optional<SessionRow> row = session_where(session, "family_sha256", family_sha256);
    if (!row) return RotationResult{};
    RotationResult result{Rotation::rotated, std::move(row->record)};
    if (rotated == 1) return result;
    row->record = result.session;
    result.rotation = judge(*row, refresh_sha256, now_us);
    if (result.rotation == Rotation::reused) end_session(session, result.session.id, now_us);
    return result;
  });
}

Result<void> Store::revoke_session(std::string_view session_id) {
  return impl_->write([&](soci::session& session) -> Result<void> {
    end_session(session, session_id, impl_->clock.now_us());
    return {};
  });
}

}  // namespace sluice::metadata
