// A dataset's sync: its status and runs, asking for one, dropping its tables. Writes wants into
// the store and wakes the dispatcher; talks to no lakehouse itself.
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "api/dataset_json.h"
#include "api/error_codes.h"
#include "api/handler_helpers.h"
#include "api/handlers.h"
#include "api/public_error_text.h"
#include "api/request_limits.h"

namespace sluice::api {

namespace json = boost::json;

namespace {

json::value text_or_null(const std::string& text) {
  return text.empty() ? json::value(nullptr) : json::value(text);
}

/// The store keeps one text of a run: what it failed of, or what is to be done though it is synced.
json::value error_of(const metadata::SyncRun& run) {
  return run.outcome == "synced" ? json::value(nullptr) : text_or_null(public_text(run.error));
}
json::value warning_of(const metadata::SyncRun& run) {
  return run.outcome == "synced" ? text_or_null(public_text(run.error)) : json::value(nullptr);
}

json::object run_json(const metadata::SyncRun& run) {
  return {{"version", run.version},
          {"outcome", run.outcome},
          {"started_at", to_rfc3339(run.started_at_us)},
          {"ended_at",
           run.ended_at_us ? json::value(to_rfc3339(*run.ended_at_us)) : json::value(nullptr)},
          {"attempts", run.attempts},
          {"error", error_of(run)},
          {"warning", warning_of(run)},
          {"cost", cost_json(run.cost)}};
}

/// The status document of a dataset, with the warning of the run that synced it.
Result<std::string> status_text(Context& context, const Dataset& dataset, const SyncState& state,
                                bool enabled) {
  TRY_ASSIGN(const std::vector<metadata::Damage> damage,
             context.intake.store.list_damage(dataset.tenant, dataset.id));
  json::object status = status_json(dataset, state, enabled, damage);
  status["last_sync_warning"] = nullptr;
  if (state.status == SyncStatus::synced) {
    TRY_ASSIGN(const std::vector<metadata::SyncRun> runs,
               context.intake.store.list_sync_runs(dataset.id, 1));
    if (!runs.empty()) status["last_sync_warning"] = warning_of(runs[0]);
  }
  return json::serialize(status);
}

}  // namespace

Result<http::Response> get_sync_status(Context& context, http::Request& request,
                                       const auth::Principal& principal) {
  TRY_ASSIGN(const metadata::DatasetRecord record, dataset_of(context, request, principal));
  TRY_ASSIGN(std::string status, status_text(context, record.dataset, record.sync.state,
                                             sync_enabled(context, record.dataset)));
  return json_response(200, status);
}

Result<http::Response> request_sync(Context& context, http::Request& request,
                                    const auth::Principal& principal) {
  TRY_ASSIGN(const metadata::DatasetRecord record, dataset_of(context, request, principal));
  if (!sync_enabled(context, record.dataset)) {
    return fail(Errc::conflict, Code::sync_disabled, "Sync is disabled.",
                "Set DATABRICKS_SYNC_ENABLED=true and MCP_ENABLED=true, then start again.");
  }
  // By hand means: do it, whatever is thought to be there.
  TRY_ASSIGN(const metadata::SyncRecord sync,
             context.intake.store.request_sync(principal.tenant, record.dataset.id,
                                               metadata::WantKind::resync));
  context.intake.wakes.dispatcher.notify();
  TRY_ASSIGN(std::string status, status_text(context, record.dataset, sync.state, true));
  http::Response response = json_response(202, status);
  response.headers.set("Location", "/api/v1/datasets/" + record.dataset.id + "/databricks/status");
  return response;
}

Result<http::Response> drop_lakehouse_tables(Context& context, http::Request& request,
                                             const auth::Principal& principal) {
  TRY_ASSIGN(const metadata::DatasetRecord record, dataset_of(context, request, principal));
  // The dataset's own flag may be off: what was synced before that may go all the same.
  TRY(check_tables_droppable(context));
  TRY_ASSIGN(const metadata::SyncRecord sync,
             context.intake.store.request_sync(principal.tenant, record.dataset.id,
                                               metadata::WantKind::drop));
  context.intake.wakes.dispatcher.notify();
  TRY_ASSIGN(std::string status, status_text(context, record.dataset, sync.state,
                                             sync_enabled(context, record.dataset)));
  http::Response response = json_response(202, status);
  response.headers.set("Location", "/api/v1/datasets/" + record.dataset.id + "/databricks/status");
  return response;
}

Result<http::Response> list_sync_runs(Context& context, http::Request& request,
                                      const auth::Principal& principal) {
  TRY_ASSIGN(const std::int64_t limit, limit_of(request, list_limit_default, list_limit_max));
  TRY_ASSIGN(const metadata::DatasetRecord record, dataset_of(context, request, principal));
  // dataset_of has proved that the dataset is the tenant's; the store does not ask again.
  TRY_ASSIGN(const std::vector<metadata::SyncRun> found,
             context.intake.store.list_sync_runs(record.dataset.id, limit));
  json::array runs;
  for (const metadata::SyncRun& run : found) runs.push_back(run_json(run));
  return json_response(200, json::serialize(json::object{{"runs", std::move(runs)}}));
}

}  // namespace sluice::api
