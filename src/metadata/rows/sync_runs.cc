// Store: the runs that people see.
#include <cmath>

#include "metadata/rows/dataset_rows.h"
#include "metadata/rows/store_impl.h"
#include "metadata/sql/statement.h"
#include "metadata/store.h"

namespace sluice::metadata {
namespace {

/// A report is repeated within seconds, by who does not know whether it arrived.
constexpr Micros reports_kept_us = Micros{24} * 3'600'000'000;

/// As they are stored: whole numbers add up exactly.
std::optional<std::int64_t> micros_of(const std::optional<double>& dbu) {
  if (!dbu) return std::nullopt;
  return std::llround(*dbu * 1e6);
}

std::optional<double> dbu_of(const std::optional<std::int64_t>& micros) {
  if (!micros) return std::nullopt;
  return static_cast<double>(*micros) / 1e6;
}

/// False where this very report was counted before. One without an id is counted each time.
bool is_new(soci::session& session, const SyncRun& run, Micros now_us) {
  if (run.report_id.empty()) return true;
  SqlStatement(session, "DELETE FROM sync_run_reports WHERE reported_at_us < :before")
      .bind(now_us - reports_kept_us)
      .run();
  return SqlStatement(session,
                      "INSERT INTO sync_run_reports (run_id, report_id, reported_at_us) "
                      "VALUES (:run, :report, :at) ON CONFLICT (run_id, report_id) DO NOTHING")
             .bind(run.id)
             .bind(run.report_id)
             .bind(now_us)
             .run() == 1;
}

}  // namespace

void save_sync_run(soci::session& session, const SyncRun& run, Micros now_us) {
  const SyncCost cost = is_new(session, run, now_us) ? run.cost : SyncCost{};
  // A step that Temporal has given up for dead may come back: it ends nothing that has ended, and
  // opens nothing again.
  SqlStatement(session,
               "INSERT INTO sync_runs (run_id, dataset_id, tenant_id, version, started_at_us, "
               "ended_at_us, outcome, error, attempts, statements, rest_calls, bytes_uploaded, "
               "warehouse_ms, awake_ms, dbu_micros) VALUES (:id, :dataset, :tenant, :version, "
               ":started, :ended, :outcome, :error, :attempts, :statements, :calls, :bytes, :ms, "
               ":awake, :dbu) "
               "ON CONFLICT (run_id) DO UPDATE SET "
               "statements = sync_runs.statements + excluded.statements, "
               "rest_calls = sync_runs.rest_calls + excluded.rest_calls, "
               "bytes_uploaded = sync_runs.bytes_uploaded + excluded.bytes_uploaded, "
               "warehouse_ms = sync_runs.warehouse_ms + excluded.warehouse_ms, "
               // What is not known adds nothing to what is.
               "awake_ms = COALESCE(sync_runs.awake_ms + excluded.awake_ms, sync_runs.awake_ms, "
               "excluded.awake_ms), "
               "dbu_micros = COALESCE(sync_runs.dbu_micros + excluded.dbu_micros, "
               "sync_runs.dbu_micros, excluded.dbu_micros), "
               "error = CASE WHEN sync_runs.ended_at_us IS NULL "
               "THEN excluded.error ELSE sync_runs.error END, "
               "attempts = CASE WHEN sync_runs.ended_at_us IS NULL "
               "THEN excluded.attempts ELSE sync_runs.attempts END, "
               "outcome = CASE WHEN sync_runs.ended_at_us IS NULL "
               "THEN excluded.outcome ELSE sync_runs.outcome END, "
               "ended_at_us = COALESCE(sync_runs.ended_at_us, excluded.ended_at_us) "
               "WHERE sync_runs.dataset_id = excluded.dataset_id")
      .bind(run.id)
      .bind(run.dataset_id)
      .bind(run.tenant.value)
      .bind(run.version)
      .bind(run.started_at_us)
      .bind(run.ended_at_us)
      .bind(run.outcome)
      .bind(run.error)
      .bind(run.attempts)
      .bind(cost.statements)
      .bind(cost.rest_calls)
      .bind(cost.bytes_uploaded)
      .bind(cost.warehouse_ms)
      .bind(cost.awake_ms)
      .bind(micros_of(cost.dbu))
      .run();
}

void supersede_run(soci::session& session, std::string_view dataset_id, std::string_view run_id,
                   Micros now_us) {
  SqlStatement(session,
               "UPDATE sync_runs SET ended_at_us = :ended, outcome = 'superseded' "
               "WHERE run_id = :id AND dataset_id = :dataset AND ended_at_us IS NULL")
      .bind(now_us)
      .bind(run_id)
      .bind(dataset_id)
      .run();
}

Result<void> Store::record_sync_run(const SyncRun& run) {
  const auto change = [&](soci::session& session) -> Result<void> {
    save_sync_run(session, run, impl_->clock.now_us());
    return {};
  };
  return impl_->write(change, "record_sync_run");
}

Result<void> Store::supersede_sync_run(std::string_view dataset_id, std::string_view run_id) {
  return impl_->write([&](soci::session& session) -> Result<void> {
    supersede_run(session, dataset_id, run_id, impl_->clock.now_us());
    return {};
  });
}

Result<std::vector<SyncRun>> Store::list_sync_runs(std::string_view dataset_id,
                                                   std::int64_t limit) const {
  return impl_->read([&](soci::session& session) -> Result<std::vector<SyncRun>> {
    SyncRun run;
    std::optional<std::int64_t> dbu_micros;
    SqlStatement select(
        session,
        "SELECT run_id, dataset_id, tenant_id, version, started_at_us, ended_at_us, "
        "outcome, error, attempts, statements, rest_calls, bytes_uploaded, "
        "warehouse_ms, awake_ms, dbu_micros FROM sync_runs WHERE dataset_id = :dataset "
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
        .out(run.cost.warehouse_ms)
        .out(run.cost.awake_ms)
        .out(dbu_micros);
    std::vector<SyncRun> runs;
    while (select.next()) {
      run.cost.dbu = dbu_of(dbu_micros);
      runs.push_back(run);
    }
    return runs;
  });
}

Result<Usage> Store::sum_usage(const TenantId& tenant, Micros since_us, Micros until_us) const {
  return impl_->read([&](soci::session& session) -> Result<Usage> {
    Usage usage;
    std::optional<std::int64_t> dbu_micros;
    // PostgreSQL's SUM of BIGINT is NUMERIC.
    SqlStatement select(session,
                        "SELECT COUNT(*), CAST(COALESCE(SUM(statements), 0) AS BIGINT), "
                        "CAST(COALESCE(SUM(rest_calls), 0) AS BIGINT), "
                        "CAST(COALESCE(SUM(bytes_uploaded), 0) AS BIGINT), "
                        "CAST(COALESCE(SUM(warehouse_ms), 0) AS BIGINT), "
                        "CAST(SUM(awake_ms) AS BIGINT), CAST(SUM(dbu_micros) AS BIGINT) "
                        "FROM sync_runs "
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
        .out(usage.cost.awake_ms)
        .out(dbu_micros)
        .next();
    usage.cost.dbu = dbu_of(dbu_micros);
    return usage;
  });
}

}  // namespace sluice::metadata
