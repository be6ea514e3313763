#include "metadata/rows/store_impl.h"
#include "metadata/sql/statement.h"
#include "metadata/store.h"

namespace sluice::metadata {
namespace {

/// How many rows it changed: 0 where the run is not there yet.
std::int64_t update(soci::session& session, const SyncRun& run) {
  // Who says `running` may be a step that Temporal has given up for dead.
  const bool going_on = run.outcome == "running";
  SqlStatement change(session,
                      "UPDATE sync_runs SET statements = statements + :statements, "
                      "rest_calls = rest_calls + :calls, bytes_uploaded = bytes_uploaded + :bytes, "
                      "warehouse_ms = warehouse_ms + :ms" +
                          std::string(going_on ? ""
                                               : ", ended_at_us = :ended, outcome = :outcome, "
                                                 "error = :error, attempts = :attempts") +
                          " WHERE run_id = :id");
  change.bind(run.cost.statements)
      .bind(run.cost.rest_calls)
      .bind(run.cost.bytes_uploaded)
      .bind(run.cost.warehouse_ms);
  if (!going_on) {
    change.bind(run.ended_at_us).bind(run.outcome).bind(run.error).bind(run.attempts);
  }
  return change.bind(run.id).run();
}

}  // namespace

Result<void> Store::record_sync_run(const SyncRun& run) {
  return impl_->write([&](soci::session& session) -> Result<void> {
    if (update(session, run) > 0) return {};
    SqlStatement(
        session,
        "INSERT INTO sync_runs (run_id, dataset_id, tenant_id, version, started_at_us, "
        "ended_at_us, outcome, error, attempts, statements, rest_calls, bytes_uploaded, "
        "warehouse_ms) VALUES (:id, :dataset, :tenant, :version, :started, :ended, :outcome, "
        ":error, :attempts, :statements, :calls, :bytes, :ms)")
        .bind(run.id)
        .bind(run.dataset_id)
        .bind(run.tenant.value)
        .bind(run.version)
        .bind(run.started_at_us)
        .bind(run.ended_at_us)
        .bind(run.outcome)
        .bind(run.error)
        .bind(run.attempts)
        .bind(run.cost.statements)
        .bind(run.cost.rest_calls)
        .bind(run.cost.bytes_uploaded)
        .bind(run.cost.warehouse_ms)
        .run();
    return {};
  });
}

Result<std::vector<SyncRun>> Store::list_sync_runs(std::string_view dataset_id,
                                                   std::int64_t limit) const {
  return impl_->read([&](soci::session& session) -> Result<std::vector<SyncRun>> {
    SyncRun run;
    SqlStatement select(
        session,
        "SELECT run_id, dataset_id, tenant_id, version, started_at_us, ended_at_us, "
        "outcome, error, attempts, statements, rest_calls, bytes_uploaded, "
        "warehouse_ms FROM sync_runs WHERE dataset_id = :dataset "
        "ORDER BY started_at_us DESC, run_id DESC LIMIT :limit");
    select.bind(dataset_id)
        .bind(limit)
        .out(run.id)
        .out(run.dataset_id)
        .out(run.tenant.value)
        .out(run.version)
        .out(run.started_at_us)
        .out(run.ended_at_us)
        .out(run.outcome)
        .out(run.error)
        .out(run.attempts)
        .out(run.cost.statements)
        .out(run.cost.rest_calls)
        .out(run.cost.bytes_uploaded)
        .out(run.cost.warehouse_ms);
    std::vector<SyncRun> runs;
    while (select.next()) runs.push_back(run);
    return runs;
  });
}

Result<Usage> Store::sum_usage(const TenantId& tenant, Micros since_us, Micros until_us) const {
  return impl_->read([&](soci::session& session) -> Result<Usage> {
    Usage usage;
    // PostgreSQL's SUM of BIGINT is NUMERIC.
    SqlStatement select(session,
                        "SELECT COUNT(*), CAST(COALESCE(SUM(statements), 0) AS BIGINT), "
                        "CAST(COALESCE(SUM(rest_calls), 0) AS BIGINT), "
                        "CAST(COALESCE(SUM(bytes_uploaded), 0) AS BIGINT), "
                        "CAST(COALESCE(SUM(warehouse_ms), 0) AS BIGINT) FROM sync_runs "
                        "WHERE tenant_id = :tenant AND started_at_us >= :since "
                        "AND started_at_us < :until");
    select.bind(tenant.value)
        .bind(since_us)
        .bind(until_us)
        .out(usage.runs)
        .out(usage.cost.statements)
        .out(usage.cost.rest_calls)
        .out(usage.cost.bytes_uploaded)
        .out(usage.cost.warehouse_ms)
        .next();
    return usage;
  });
}

}  // namespace sluice::metadata
