#include "api/queries/remote_tables.h"

#include <algorithm>
#include <utility>

#include "api/error_codes.h"
#include "api/request_places.h"
#include "base/ids.h"
#include "base/log.h"

namespace sluice::api {
namespace {

federation::Federation federation_of(const Context& context) {
  return {*context.remote_tables,
          context.queries,
          context.intake.file_workers,
          {context.options.remote_folder, context.options.remote_limits}};
}

void record_cost(Context& context, const TenantId& tenant, const SyncCost& cost) {
  metadata::SyncRun run;
  run.id = "query/" + random_hex(16);
  run.tenant = tenant;
  run.started_at_us = context.intake.clock.now_us();
  run.ended_at_us = run.started_at_us;
  run.outcome = "query";
  run.cost = cost;
  const Result<void> recorded = context.intake.store.record_sync_run(run);
  if (!recorded) {
    log::warn("a query's cost could not be recorded",
              {{"tenant", tenant.value}, {"error", to_line(recorded.error())}});
  }
}

}  // namespace

federation::FederatedQuery federated_query(const Context& context,
                                           const query::QueryRequest& request,
                                           const query::ParsedStatement& statement) {
  federation::FederatedQuery query{TenantId{request.owner}, request, statement, {}};
  if (context.remote_tables != nullptr) {
    query.names = federation_of(context).remote_names(query.tenant, statement);
  }
  return query;
}

Result<std::shared_ptr<const void>> fetch_remote_tables(Context& context,
                                                        federation::FederatedQuery& query,
                                                        const std::stop_token& stop) {
  SyncCost cost;
  Result<federation::FetchedTables> fetched = federation_of(context).fetch(query, stop, cost);
  if (cost != SyncCost{}) record_cost(context, query.tenant, cost);
  if (!fetched) return fail(fetched.error());
  std::vector<query::TableSource>& tables = query.request.tables;
  for (query::TableSource& table : fetched->tables) {
    // The workspace's is the truth; what lies here was made while the lakehouse was another one.
    std::erase_if(tables, [&](const query::TableSource& each) { return each.name == table.name; });
    tables.push_back(std::move(table));
  }
  return std::move(fetched->files);
}

Result<std::optional<query::QueryAnswer>> explain_remote_query(
    Context& context, const federation::FederatedQuery& query, const std::stop_token& stop) {
  return federation_of(context).explain(query, stop);
}

Refusal remote_queries_busy() {
  return busy(Code::remote_queries_busy, "Other queries are fetching tables from the lakehouse",
              "remote_queries_max", remote_query_places);
}

}  // namespace sluice::api
