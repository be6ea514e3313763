#include <functional>

#include "metadata/rows/dataset_rows.h"
#include "metadata/rows/store_impl.h"
#include "metadata/sql/statement.h"
#include "metadata/store.h"
#include "metadata/transitions.h"

namespace sluice::metadata {
namespace {

/// Locks, loads, steps and saves, so that two marks never cross. A template, since Impl is private.
template <typename Impl>
Result<TransitionResult> mark(Impl& impl, std::string_view dataset_id,
                              const std::function<TransitionResult(DatasetRecord&)>& apply) {
  const auto change = [&](soci::session& session) -> Result<TransitionResult> {
    TRY_ASSIGN(DatasetRecord record,
               lock_and_load(impl.engine(), session, dataset_id, std::nullopt));
    const std::int64_t ended_before = record.sync.last_ended_order;
    const TransitionResult result = apply(record);
    if (result == TransitionResult::refused) return result;
    save_sync(session, dataset_id, record.sync);
    if (record.sync.last_ended_order != ended_before) {
      erase_wants(session, dataset_id, record.sync.last_ended_order);
    }
    return result;
  };
  return impl.write(change, "mark");
}

}  // namespace

Result<SyncRecord> Store::get_sync_state(std::string_view dataset_id) const {
  return impl_->read([&](soci::session& session) -> Result<SyncRecord> {
    TRY_ASSIGN(DatasetRecord record, load_dataset(session, dataset_id, std::nullopt));
    return record.sync;
  });
}

Result<SyncRecord> Store::request_sync(const TenantId& tenant, std::string_view dataset_id,
                                       WantKind kind) {
  const auto change = [&](soci::session& session) -> Result<SyncRecord> {
    TRY_ASSIGN(DatasetRecord record, lock_and_load(impl_->engine(), session, dataset_id, tenant));
    const Micros now_us = impl_->clock.now_us();
    if (kind == WantKind::drop) {
      apply_drop_wanted(record.sync, now_us);
    } else {
      apply_wanted(record.sync, record.dataset.current.version, false, now_us,
                   record.dataset.current.profiled_at_us != 0);
    }
    save_sync(session, dataset_id, record.sync);
    insert_want(impl_->engine(), session, kind, record.dataset, now_us);
    return record.sync;
  };
  return impl_->making_room([&] { return impl_->write(change); });
}

Result<TransitionResult> Store::mark_syncing(std::string_view dataset_id, const RunOf& run) {
  return mark(*impl_, dataset_id,
              [&run](DatasetRecord& record) { return apply_syncing(record.sync, run); });
}

Result<TransitionResult> Store::mark_waiting(std::string_view dataset_id, const RunOf& run,
                                             const Waiting& waiting) {
  return mark(*impl_, dataset_id, [&](DatasetRecord& record) {
    return apply_waiting(record.sync, run, waiting, impl_->clock.now_us());
  });
}

Result<TransitionResult> Store::mark_synced(std::string_view dataset_id, const SyncedResult& result,
                                            std::int64_t order) {
  return mark(*impl_, dataset_id, [&](DatasetRecord& record) {
    return apply_synced(record.sync, result, order, record.dataset.current.version,
                        impl_->clock.now_us());
  });
}

Result<TransitionResult> Store::mark_failed(std::string_view dataset_id, const RunOf& run,
                                            std::string_view error, std::string_view error_class) {
  return mark(*impl_, dataset_id, [&](DatasetRecord& record) {
    return apply_failed(record.sync, run, error, error_class);
  });
}

Result<TransitionResult> Store::mark_not_synced(std::string_view dataset_id, std::int64_t order) {
  return mark(*impl_, dataset_id,
              [&](DatasetRecord& record) { return apply_not_synced(record.sync, order); });
}

Result<std::optional<Micros>> Store::oldest_pending_since() const {
  return impl_->read([](soci::session& session) -> Result<std::optional<Micros>> {
    std::optional<Micros> oldest;
    SqlStatement select(session,
                        "SELECT MIN(s.waiting_since_us) FROM sync_states s JOIN datasets d "
                        "ON d.dataset_id = s.dataset_id "
                        "WHERE s.status = 'pending' AND d.deleted_at_us IS NULL");
    select.out(oldest).next();
    return oldest;
  });
}

}  // namespace sluice::metadata
