// Wants that were asked for and have not ended: what an activity may obey.
#include "metadata/rows/dataset_rows.h"
#include "metadata/rows/store_impl.h"
#include "metadata/sql/statement.h"
#include "metadata/store.h"

namespace sluice::metadata {
namespace {

ProvenWant refused(std::string why) { return {.proof = WantProof::refused, .why = std::move(why)}; }

/// What a want's words must be, each of which is said in what is refused.
std::string difference(const Want& want, std::string_view kind, const Want& asked) {
  if (want.dataset_id != asked.dataset_id) return "it is of another dataset";
  if (name_of(want.kind) != kind) return "another kind of work was asked for";
  if (want.tenant.value != asked.tenant.value) return "the dataset is another tenant's";
  if (want.table_name != asked.table_name) return "the dataset's table has another name";
  if (want.version != asked.version) return "another version was asked for";
  if (want.sha256 != asked.sha256) return "that version's file has another SHA-256";
  return "";
}

/// Nothing where no row has this order.
std::optional<ProvenWant> by_row(soci::session& session, const Want& want, std::int64_t order) {
  std::string kind;
  Want asked;
  Micros asked_at_us = 0;
  SqlStatement select(
      session,
      "SELECT kind, dataset_id, tenant_id, version, sha256, table_name, asked_at_us "
      "FROM wants WHERE row_id = :row");
  select.bind(order)
      .out(kind)
      .out(asked.dataset_id)
      .out(asked.tenant.value)
      .out(asked.version)
      .out(asked.sha256)
      .out(asked.table_name)
      .out(asked_at_us);
  if (!select.next()) return std::nullopt;
  std::string why = difference(want, kind, asked);
  if (!why.empty()) return refused(std::move(why));
  return ProvenWant{.proof = WantProof::genuine, .is_recorded = true, .asked_at_us = asked_at_us};
}

/// When the wants began to be recorded; and up to which order there may be some that were not.
struct Unrecorded {
  std::int64_t order_max = 0;
  Micros until_us = 0;
};

Unrecorded unrecorded(soci::session& session) {
  Unrecorded out;
  SqlStatement(session, "SELECT value FROM counters WHERE name = 'wants_unrecorded'")
      .out(out.order_max)
      .next();
  SqlStatement(session, "SELECT applied_at_us FROM schema_migrations WHERE name = '0007_wants'")
      .out(out.until_us)
      .next();
  return out;
}

/// Of a dataset that is there, for a want from before they were recorded.
ProvenWant by_state(soci::session& session, const Want& want, const DatasetRecord& record) {
  const Want asked{want.kind,    record.dataset.id, record.dataset.tenant,
                   want.version, want.sha256,       record.dataset.table_name};
  std::string why = difference(want, name_of(want.kind), asked);
  if (!why.empty()) return refused(std::move(why));
  if (want.kind == WantKind::drop) {
    const SyncRecord& sync = record.sync;
    if (sync.state.status == SyncStatus::pending && !sync.wanted_version) {
      return {.proof = WantProof::genuine};
    }
    return refused("nobody asked for the tables to be dropped");
  }
  std::string sha256;
  SqlStatement select(
      session, "SELECT sha256 FROM dataset_versions WHERE dataset_id = :id AND version = :v");
  if (!select.bind(want.dataset_id).bind(want.version).out(sha256).next()) {
    return refused("the dataset has no such version");
  }
  if (sha256 != want.sha256) return refused("that version's file has another SHA-256");
  return {.proof = WantProof::genuine};
}

/// Of a dataset that was deleted, or never was.
ProvenWant by_memory(soci::session& session, const Want& want, std::int64_t order) {
  std::string tenant;
  std::string table_name;
  SqlStatement select(session, "SELECT tenant_id, table_name FROM datasets WHERE dataset_id = :id");
  if (!select.bind(want.dataset_id).out(tenant).out(table_name).next()) {
    return refused("there never was such a dataset");
  }
  if (want.kind != WantKind::drop)
    return {.proof = WantProof::gone, .why = "the dataset was deleted"};
  const Unrecorded before = unrecorded(session);
  if (order > before.order_max) return refused("nobody asked for the tables to be dropped");
  if (want.tenant.value != tenant) return refused("the dataset was another tenant's");
  if (want.table_name != table_name) return refused("the dataset's table had another name");
  // That it was asked for is known to the run only, which must have begun before.
  return {.proof = WantProof::genuine, .run_began_before_us = before.until_us};
}

Result<std::vector<SentWant>> sent_of(SqlStatement& select) {
  SentWant sent;
  std::string kind;
  select.out(sent.order).out(kind).out(sent.dataset_id).out(sent.tenant.value);
  std::vector<SentWant> all;
  while (select.next()) {
    sent.kind = parse_want_kind(kind).value_or(WantKind::sync);
    all.push_back(sent);
  }
  return all;
}

}  // namespace

Result<std::vector<SentWant>> Store::sent_wants(std::int64_t after_order,
                                                std::int64_t limit) const {
  return impl_->read([&](soci::session& session) {
    SqlStatement select(
        session,
        "SELECT w.row_id, w.kind, w.dataset_id, w.tenant_id FROM wants w "
        "JOIN datasets d ON d.dataset_id = w.dataset_id "
        "JOIN sync_states s ON s.dataset_id = w.dataset_id "
        "WHERE w.row_id > :after AND NOT EXISTS "
        "(SELECT 1 FROM outbox o WHERE o.dataset_id = w.dataset_id) AND NOT EXISTS "
        "(SELECT 1 FROM wants l WHERE l.dataset_id = w.dataset_id AND l.row_id > w.row_id) "
        "AND ((d.deleted_at_us IS NULL AND s.status IN ('pending', 'syncing')) "
        "OR (d.deleted_at_us IS NOT NULL AND w.kind = 'drop')) ORDER BY w.row_id LIMIT :limit");
    select.bind(after_order).bind(limit);
    return sent_of(select);
  });
}

Result<std::vector<SentWant>> Store::sent_wants_unrecorded(std::int64_t limit) const {
  return impl_->read([&](soci::session& session) {
    // A drop leaves no wanted version.
    SqlStatement select(
        session,
        "SELECT s.settled_order, CASE WHEN s.wanted_version IS NULL THEN 'drop' ELSE 'resync' END, "
        "d.dataset_id, d.tenant_id FROM datasets d "
        "JOIN sync_states s ON s.dataset_id = d.dataset_id WHERE d.deleted_at_us IS NULL "
        "AND s.status IN ('pending', 'syncing') AND NOT EXISTS "
        "(SELECT 1 FROM wants w WHERE w.dataset_id = d.dataset_id) LIMIT :limit");
    select.bind(limit);
    return sent_of(select);
  });
}

Result<bool> Store::send_again(std::int64_t order) {
  return impl_->write([&](soci::session& session) -> Result<bool> {
    const Micros now_us = impl_->clock.now_us();
    SqlStatement insert(session,
                        "INSERT INTO outbox (row_id, kind, dataset_id, tenant_id, version, sha256, "
                        "table_name, created_at_us, next_try_at_us, tries, last_error) "
                        "SELECT row_id, kind, dataset_id, tenant_id, version, sha256, table_name, "
                        "asked_at_us, :due, 0, '' FROM wants WHERE row_id = :row AND NOT EXISTS "
                        "(SELECT 1 FROM outbox WHERE row_id = :same) "
                        "ON CONFLICT (row_id) DO NOTHING");
    return insert.bind(now_us).bind(order).bind(order).run() > 0;
  });
}

Result<ProvenWant> Store::prove_want(const Want& want, std::int64_t order) const {
  return impl_->read([&](soci::session& session) -> Result<ProvenWant> {
    std::optional<ProvenWant> row = by_row(session, want, order);
    if (row && row->proof == WantProof::refused) return std::move(*row);
    const Result<DatasetRecord> record = load_dataset(session, want.dataset_id, std::nullopt);
    if (!record && record.error().kind != Errc::not_found) return fail(record.error());
    if (!record) {
      if (!row) return by_memory(session, want, order);
      if (want.kind == WantKind::drop) return std::move(*row);
      return ProvenWant{.proof = WantProof::gone, .why = "the dataset was deleted"};
    }
    if (order <= record->sync.last_ended_order) {
      return ProvenWant{.proof = WantProof::ended, .why = "a run of it, or later, has ended"};
    }
    if (row) return std::move(*row);
    if (order <= unrecorded(session).order_max) return by_state(session, want, *record);
    return refused("nobody asked for it");
  });
}

Result<void> Store::settle_wants(std::string_view dataset_id, std::int64_t order) {
  return impl_->write([&](soci::session& session) -> Result<void> {
    erase_wants(session, dataset_id, order, impl_->clock.now_us());
    return {};
  });
}

}  // namespace sluice::metadata
