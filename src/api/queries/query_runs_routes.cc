// The queries of a tenant: what ran lately, and those that run behind their requests.

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "api/handler_helpers.h"
#include "api/handlers.h"
#include "api/public_error_text.h"
#include "api/queries/query_answer.h"
#include "query/runs/answer_stream.h"

namespace sluice::api {
namespace {

namespace json = boost::json;

json::value time_json(const std::optional<Micros>& when) {
  return when ? json::value(to_rfc3339(*when)) : json::value(nullptr);
}

json::value error_json(const std::optional<Error>& error) {
  if (!error) return nullptr;
  json::object out{
      {"code", error->code.text()},
      {"detail", error->kind == Errc::internal ? "Something broke on our side; the log says what."
                                               : public_text(error->detail)},
      {"hint",
       error->remedy.empty() ? json::value(nullptr) : json::value(public_text(error->remedy))}};
  if (error->position) {
    out["position"] =
        json::object{{"line", error->position->line}, {"column", error->position->column}};
  }
  return out;
}

json::object run_json(const query::QueryRun& run) {
  const bool done = run.status == query::RunStatus::done;
  const std::string self = "/api/v1/queries/" + run.id;
  json::object out{
      {"id", run.id},
      {"mode", run.is_async ? "async" : "sync"},
      {"status", name_of(run.status)},
      {"dataset_id", run.dataset_id.empty() ? json::value(nullptr) : json::value(run.dataset_id)},
      {"sql", run.sql},
      {"format", name_of(run.format)},
      {"created_at", to_rfc3339(run.created_us)},
      {"ended_at", time_json(run.ended_us)},
      {"elapsed_ms",
       run.ended_us ? json::value((*run.ended_us - run.created_us) / 1'000) : json::value(nullptr)},
      {"progress",
       json::object{{"percent", run.percent ? json::value(*run.percent) : json::value(nullptr)},
                    {"bytes", run.bytes}}},
      {"row_count", done ? json::value(run.tail.row_count) : json::value(nullptr)},
      {"truncated", done ? json::value(run.tail.truncated) : json::value(nullptr)},
      {"error", error_json(run.error)},
      {"result", done && run.has_result ? json::value(self + "/result") : json::value(nullptr)}};
  out["expires_at"] = done && run.has_result
                          ? json::value(to_rfc3339(*run.ended_us + query::async_result_kept_us))
                          : json::value(nullptr);
  return out;
}

}  // namespace

http::Response run_response(int status, const query::QueryRun& run) {
  return json_response(status, json::serialize(run_json(run)));
}

Result<http::Response> list_queries(Context& context, http::Request&,
                                    const auth::Principal& principal) {
  json::array queries;
  for (const query::QueryRun& run : context.query_runs.list(principal.tenant)) {
    queries.push_back(run_json(run));
  }
  return json_response(200, json::serialize(json::object{{"queries", std::move(queries)}}));
}

Result<http::Response> get_query(Context& context, http::Request& request,
                                 const auth::Principal& principal) {
  TRY_ASSIGN(const query::QueryRun run,
             context.query_runs.find(principal.tenant, request.parameter("id")));
  return run_response(200, run);
}

Result<http::Response> delete_query(Context& context, http::Request& request,
                                    const auth::Principal& principal) {
  TRY(context.query_runs.cancel(principal.tenant, request.parameter("id")));
  return http::Response::empty(204);
}

Result<http::Response> get_query_result(Context& context, http::Request& request,
                                        const auth::Principal& principal) {
  TRY_ASSIGN(const query::QueryRun run,
             context.query_runs.find(principal.tenant, request.parameter("id")));
  TRY_ASSIGN(const std::filesystem::path path,
             context.query_runs.result_of(principal.tenant, request.parameter("id")));
  std::error_code bad;
  const std::uintmax_t bytes = std::filesystem::file_size(path, bad);
  if (bad) return fail(error_from_errno(bad.value(), "Cannot read", "a query's result"));
  http::Response response;
  response.headers.set("Content-Type", content_type_of(run.format));
  response.body = http::FileRange{path, 0, bytes};
  return response;
}

}  // namespace sluice::api
