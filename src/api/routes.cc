#include "api/routes.h"

#include "api/handlers.h"
#include "api/limits.h"
#include "api/problem.h"
#include "api/tus.h"
#include "base/log.h"

namespace sluice::api {
namespace {

http::Response answered(const http::Request& request, std::string_view tenant,
                        Result<http::Response> result) {
  if (result) return std::move(*result);
  const Error& error = result.error();
  const int status = http_status(error);
  if (status >= 500) {
    log::error("request failed", {{"request_id", request.request_id},
                                  {"tenant", tenant},
                                  {"route", request.route},
                                  {"dataset_id", request.parameter("id")},
                                  {"code", error.code},
                                  {"error", error.detail}});
  }
  return problem_response(error, status, request.request_id);
}

http::Handler with_tenant(Context& context, TenantHandler handler) {
  return [&context, handler = std::move(handler)](http::Request& request) {
    const Result<auth::Principal> principal = authenticate(context, request);
    if (!principal) return answered(request, "", fail(principal.error()));
    const bool reads = request.method == "GET" || request.method == "HEAD" ||
                       request.route == "/api/v1/query" ||
                       request.route == "/api/v1/datasets/{id}/query" ||
                       request.route == "/api/v1/queries/{id}";
    if (principal->scope == auth::Scope::read && !reads) {
      return answered(request, principal->tenant.value,
                      fail(Errc::permission_denied, "token_read_only", "This token may only read.",
                           "Use a token with scope full."));
    }
    return answered(request, principal->tenant.value, handler(context, request, *principal));
  };
}

http::Handler without_tenant(Context& context, FallibleHandler handler) {
  return [&context, handler = std::move(handler)](http::Request& request) {
    return answered(request, "", handler(context, request));
  };
}

}  // namespace

Result<auth::Principal> authenticate(Context& context, const http::Request& request) {
  const std::string_view header = request.headers.get("Authorization");
  const std::optional<std::string_view> credential = auth::bearer_credential(header);
  if (credential && auth::is_token(*credential)) {
    TRY_ASSIGN(std::optional<auth::Principal> principal,
               context.store.find_token(auth::token_sha256(*credential)));
    if (principal) return *principal;
  }
  return fail(Errc::unauthenticated, "token_invalid",
              header.empty() ? "No token was sent." : "The token is not valid.",
              "Send Authorization: Bearer with the content of DATA_STORAGE_PATH/token.");
}

namespace {

/// Resumable uploads. What is not of the protocol asks for no header of it: the two GETs.
void add_upload_routes(http::Router& router, Context& context) {
  const http::RouteOptions chunk{.on_io = false,
                                 .body_bytes_max = context.options.upload_bytes_max};
  const auto tus = [&context](const TenantHandler& handler) {
    return with_tus(with_tenant(context, handler));
  };
  const http::Handler options = [&context](http::Request&) { return tus_options(context); };
  const http::Handler append = tus(append_to_upload);
  const http::Handler remove = tus(delete_upload);
  const http::Handler offset = tus(get_upload_offset);
  const http::Handler progress = with_tenant(context, get_upload);
  router.add("OPTIONS", "/api/v1/uploads", options);
  router.add("OPTIONS", "/api/v1/uploads/{id}", options);
  router.add("GET", "/api/v1/uploads", with_tenant(context, list_uploads));
  router.add("POST", "/api/v1/uploads", tus(create_upload), chunk);
  router.add("GET", "/api/v1/uploads/{id}", [offset, progress](http::Request& request) {
    return request.method == "HEAD" ? offset(request) : progress(request);
  });
  router.add("PATCH", "/api/v1/uploads/{id}", append, chunk);
  router.add("DELETE", "/api/v1/uploads/{id}", remove);
  // tus 1.0.0: for clients that cannot send the real method.
  router.add(
      "POST", "/api/v1/uploads/{id}",
      [append, remove](http::Request& request) {
        const std::string_view method = request.headers.get("X-HTTP-Method-Override");
        if (method == "PATCH") return append(request);
        if (method == "DELETE") return remove(request);
        const Error error{Errc::invalid_argument,
                          "method_override",
                          "POST takes X-HTTP-Method-Override: PATCH or DELETE here.",
                          {}};
        return problem_response(error, http_status(error), request.request_id);
      },
      chunk);
}

}  // namespace

void add_routes(http::Router& router, Context& context) {
  const http::RouteOptions upload{
      .on_io = false, .body_bytes_max = context.options.upload_bytes_max + form_overhead_bytes_max};
  const http::RouteOptions records{.on_io = false, .body_bytes_max = records_body_bytes_max};
  add_upload_routes(router, context);
  router.add("POST", "/api/v1/datasets/ingest", with_tenant(context, ingest_records), records);
  router.add("POST", "/api/v1/datasets/upload", with_tenant(context, upload_dataset), upload);
  router.add("POST", "/api/v1/datasets/{id}/versions", with_tenant(context, upload_version),
             upload);
  router.add("POST", "/api/v1/datasets/{id}/reingest", with_tenant(context, reingest_dataset));
  router.add("GET", "/api/v1/datasets/{id}/source", with_tenant(context, get_source));
  router.add("GET", "/api/v1/datasets/{id}/rejects", with_tenant(context, get_rejects));
  router.add("GET", "/api/v1/datasets", with_tenant(context, list_datasets));
  router.add("GET", "/api/v1/datasets/{id}", with_tenant(context, get_dataset));
  router.add("DELETE", "/api/v1/datasets/{id}", with_tenant(context, delete_dataset));
  router.add("GET", "/api/v1/datasets/{id}/databricks/status",
             with_tenant(context, get_sync_status));
  router.add("GET", "/api/v1/datasets/{id}/databricks/runs", with_tenant(context, list_sync_runs));
  router.add("DELETE", "/api/v1/datasets/{id}/databricks",
             with_tenant(context, drop_lakehouse_tables));
  router.add("POST", "/api/v1/datasets/{id}/sync", with_tenant(context, request_sync));
  router.add("GET", "/api/v1/usage", with_tenant(context, get_usage));
  router.add("GET", "/api/v1/datasets/{id}/schema", with_tenant(context, get_schema));
  router.add("GET", "/api/v1/datasets/{id}/profile", with_tenant(context, get_profile));
  router.add("GET", "/api/v1/datasets/{id}/preview", with_tenant(context, preview_dataset));
  router.add("GET", "/api/v1/datasets/{id}/query", with_tenant(context, query_dataset));
  router.add("POST", "/api/v1/datasets/{id}/query", with_tenant(context, post_dataset_query));
  router.add("POST", "/api/v1/query", with_tenant(context, query_lakehouse));
  router.add("GET", "/api/v1/queries", with_tenant(context, list_queries));
  router.add("GET", "/api/v1/queries/{id}", with_tenant(context, get_query));
  router.add("DELETE", "/api/v1/queries/{id}", with_tenant(context, delete_query));
  router.add("GET", "/api/v1/queries/{id}/result", with_tenant(context, get_query_result));
  router.add("GET", "/internal/storage/datasets/{file_name}",
             without_tenant(context, get_stored_file));
}

}  // namespace sluice::api
