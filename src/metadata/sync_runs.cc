#include "metadata/inside.h"
#include "metadata/statement.h"
#include "metadata/store.h"

namespace sluice::metadata {

Result<void> Store::record_sync_run(const SyncRun& run) {
  return inside_->write([&](soci::session& session) -> Result<void> {
    Statement(session, "DELETE FROM sync_runs WHERE run_id = :id").bind(run.id).run();
    Statement(session,
              "INSERT INTO sync_runs (run_id, dataset_id, version, started_at_us, ended_at_us, "
              "outcome, error, attempts) VALUES (:id, :dataset, :version, :started, :ended, "
              ":outcome, :error, :attempts)")
        .bind(run.id)
        .bind(run.dataset_id)
        .bind(run.version)
        .bind(run.started_at_us)
        .bind(run.ended_at_us)
        .bind(run.outcome)
        .bind(run.error)
        .bind(run.attempts)
        .run();
    return {};
  });
}

Result<std::vector<SyncRun>> Store::list_sync_runs(std::string_view dataset_id,
                                                   std::int64_t limit) const {
  return inside_->read([&](soci::session& session) -> Result<std::vector<SyncRun>> {
    SyncRun run;
    Statement select(session,
                     "SELECT run_id, dataset_id, version, started_at_us, ended_at_us, outcome, "
                     "error, attempts FROM sync_runs WHERE dataset_id = :dataset "
                     "ORDER BY started_at_us DESC, run_id DESC LIMIT :limit");
    select.bind(dataset_id)
        .bind(limit)
        .out(run.id)
        .out(run.dataset_id)
        .out(run.version)
        .out(run.started_at_us)
        .out(run.ended_at_us)
        .out(run.outcome)
        .out(run.error)
        .out(run.attempts);
    std::vector<SyncRun> runs;
    while (select.next()) runs.push_back(run);
    return runs;
  });
}

}  // namespace sluice::metadata
