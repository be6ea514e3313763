// Store: what is to be handed to Temporal.
#include "metadata/error_codes.h"
#include "metadata/rows/store_impl.h"
#include "metadata/sql/statement.h"
#include "metadata/store.h"

namespace sluice::metadata {

Result<std::vector<OutboxRow>> Store::due_outbox(std::int64_t limit, Micros now_us) const {
  return impl_->read([&](soci::session& session) -> Result<std::vector<OutboxRow>> {
    OutboxRow row;
    std::string kind;
    SqlStatement select(
        session,
        "SELECT row_id, kind, dataset_id, tenant_id, version, sha256, table_name, "
        "created_at_us, next_try_at_us, tries, last_error FROM outbox "
        "WHERE next_try_at_us <= :now AND NOT EXISTS (SELECT 1 FROM outbox earlier "
        "WHERE earlier.dataset_id = outbox.dataset_id "
        "AND earlier.row_id < outbox.row_id AND earlier.next_try_at_us > :later) "
        // What is wanted now is profiled first, or waits long enough for it. A want of an older
        // version is superseded anyway, one of a deleted dataset is told so.
        "AND NOT EXISTS (SELECT 1 FROM outbox held "
        "JOIN datasets d ON d.dataset_id = held.dataset_id "
        "JOIN sync_states s ON s.dataset_id = held.dataset_id "
        "JOIN dataset_versions v ON v.dataset_id = held.dataset_id "
        "AND v.version = held.version WHERE held.dataset_id = outbox.dataset_id "
        "AND held.row_id <= outbox.row_id AND held.kind <> 'drop' "
        "AND v.version = s.wanted_version AND v.profiled_at_us = 0 "
        "AND s.waiting_for = 'profile' "
        "AND d.deleted_at_us IS NULL) "
        "ORDER BY row_id LIMIT :limit");
    select.bind(now_us)
        .bind(now_us)
        .bind(limit)
        .out(row.id)
        .out(kind)
        .out(row.want.dataset_id)
        .out(row.want.tenant.value)
        .out(row.want.version)
        .out(row.want.sha256)
        .out(row.want.table_name)
        .out(row.created_at_us)
        .out(row.next_try_at_us)
        .out(row.tries)
        .out(row.last_error);
    std::vector<OutboxRow> rows;
    while (select.next()) {
      const std::optional<WantKind> known = parse_want_kind(kind);
      if (!known) {
        return fail(Errc::data_loss, Code::metadata_outbox_damaged,
                    "Outbox row " + std::to_string(row.id) + " wants what this Sluice cannot do.");
      }
      row.want.kind = *known;
      rows.push_back(row);
    }
    return rows;
  });
}

Result<void> Store::outbox_done(std::int64_t row_id) {
  return impl_->write([row_id](soci::session& session) -> Result<void> {
    SqlStatement(session, "DELETE FROM outbox WHERE row_id = :row").bind(row_id).run();
    return {};
  });
}

Result<void> Store::outbox_postponed(std::int64_t row_id, std::string_view error,
                                     Micros next_try_at_us) {
  return impl_->write([&](soci::session& session) -> Result<void> {
    SqlStatement(session,
                 "UPDATE outbox SET last_error = :error, next_try_at_us = :next, tries = tries + 1 "
                 "WHERE row_id = :row")
        .bind(error)
        .bind(next_try_at_us)
        .bind(row_id)
        .run();
    return {};
  });
}

Result<OutboxDepth> Store::outbox_depth_and_oldest() const {
  return impl_->read([](soci::session& session) -> Result<OutboxDepth> {
    OutboxDepth depth;
    SqlStatement select(session, "SELECT COUNT(*), MIN(created_at_us) FROM outbox");
    select.out(depth.rows).out(depth.oldest_created_at_us).next();
    return depth;
  });
}

}  // namespace sluice::metadata
