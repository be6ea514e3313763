// Store: marks of a run, each one transaction under the dataset's lock; transitions.h says what
// they make of a status.
#include <functional>

#include "metadata/rows/dataset_rows.h"
#include "metadata/rows/store_impl.h"
#include "metadata/sql/statement.h"
#include "metadata/store.h"
#include "metadata/transitions.h"

namespace sluice::metadata {
namespace {

/// What else is written with a mark, and depends on what became of it.
using Along = std::function<void(soci::session&, TransitionResult)>;

/// The run ends as it says where the mark was applied.
Along ends(const std::optional<SyncRun>& recorded, Micros now_us) {
  return [&recorded, now_us](soci::session& session, TransitionResult result) {
    if (!recorded) return;
    SyncRun run = *recorded;
    if (result != TransitionResult::applied) {
      run.outcome = "superseded";
      run.error.clear();
      run.ended_at_us = now_us;
    }
    save_sync_run(session, run, now_us);
  };
}

/// Locks, loads, steps and saves, so that two marks never cross. A template, since Impl is private.
template <typename Impl>
Result<TransitionResult> mark(Impl& impl, std::string_view dataset_id,
                              const std::function<TransitionResult(DatasetRecord&)>& apply,
                              const Along& along = {}) {
  const auto change = [&](soci::session& session) -> Result<TransitionResult> {
    TRY_ASSIGN(DatasetRecord record,
               lock_and_load(impl.engine(), session, dataset_id, std::nullopt));
    const std::int64_t ended_before = record.sync.last_ended_order;
    const TransitionResult result = apply(record);
    if (along) along(session, result);
    if (result == TransitionResult::refused) return result;
    save_sync(session, dataset_id, record.sync);
    if (record.sync.last_ended_order != ended_before) {
      erase_wants(session, dataset_id, record.sync.last_ended_order, impl.clock.now_us());
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

Result<TransitionResult> Store::mark_syncing(std::string_view dataset_id, const RunOf& run,
                                             const std::optional<SyncRun>& recorded) {
  const Micros now_us = impl_->clock.now_us();
  return mark(
      *impl_, dataset_id, [&run](DatasetRecord& record) { return apply_syncing(record.sync, run); },
      [&](soci::session& session, TransitionResult result) {
        if (!recorded) return;
        // Refused, it goes on all the same: what it costs is to be seen.
        if (result != TransitionResult::superseded)
          save_sync_run(session, *recorded, now_us);
        else
          supersede_run(session, dataset_id, recorded->id, now_us);
      });
}

Result<TransitionResult> Store::mark_waiting(std::string_view dataset_id, const RunOf& run,
                                             const Waiting& waiting) {
  return mark(*impl_, dataset_id, [&](DatasetRecord& record) {
    return apply_waiting(record.sync, run, waiting, impl_->clock.now_us());
  });
}

Result<TransitionResult> Store::mark_synced(std::string_view dataset_id, const SyncedResult& result,
                                            std::int64_t order,
                                            const std::optional<SyncRun>& recorded) {
  const Micros now_us = impl_->clock.now_us();
  return mark(
      *impl_, dataset_id,
      [&](DatasetRecord& record) {
        return apply_synced(record.sync, result, order, record.dataset.current.version, now_us);
      },
      ends(recorded, now_us));
}

Result<TransitionResult> Store::mark_failed(std::string_view dataset_id, const RunOf& run,
                                            std::string_view error, std::string_view error_class,
                                            const std::optional<SyncRun>& recorded) {
  return mark(
      *impl_, dataset_id,
      [&](DatasetRecord& record) { return apply_failed(record.sync, run, error, error_class); },
      ends(recorded, impl_->clock.now_us()));
}

Result<TransitionResult> Store::mark_not_synced(std::string_view dataset_id, std::int64_t order,
                                                const std::optional<SyncRun>& recorded) {
  const Along end = ends(recorded, impl_->clock.now_us());
  return mark(
      *impl_, dataset_id,
      [order](DatasetRecord& record) { return apply_not_synced(record.sync, order); },
      [&](soci::session& session, TransitionResult result) {
        if (result == TransitionResult::refused) return end(session, result);
        SqlStatement(session, "DELETE FROM lakehouse_tables WHERE dataset_id = :dataset")
            .bind(dataset_id)
            .run();
        // Wanted again since: the tables are gone all the same, as this run was to bring about.
        end(session, TransitionResult::applied);
      });
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
