#include "api/routes.h"

#include "api/handlers.h"
#include "api/limits.h"
#include "api/problem.h"
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
                       request.route == "/api/v1/query";
    if (principal->scope == auth::Scope::read && !reads) {
      return answered(request, principal->tenant.value,
                      fail(Errc::permission_denied, "token_read_only",
                           "This token may only read.", "Use a token with scope full."));
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

void add_routes(http::Router& router, Context& context) {
  const http::RouteOptions upload{.on_io = false, .body_bytes_max = upload_request_bytes_max};
  router.add("POST", "/api/v1/datasets/ingest", with_tenant(context, ingest_records), upload);
  router.add("POST", "/api/v1/datasets/upload", with_tenant(context, upload_dataset), upload);
  router.add("POST", "/api/v1/datasets/{id}/versions", with_tenant(context, upload_version),
             upload);
  router.add("GET", "/api/v1/datasets", with_tenant(context, list_datasets));
  router.add("GET", "/api/v1/datasets/{id}", with_tenant(context, get_dataset));
  router.add("DELETE", "/api/v1/datasets/{id}", with_tenant(context, delete_dataset));
  router.add("GET", "/api/v1/datasets/{id}/databricks/status",
             with_tenant(context, get_sync_status));
  router.add("POST", "/api/v1/datasets/{id}/sync", with_tenant(context, request_sync));
  router.add("GET", "/api/v1/datasets/{id}/schema", with_tenant(context, get_schema));
  router.add("GET", "/api/v1/datasets/{id}/preview", with_tenant(context, preview_dataset));
  router.add("GET", "/api/v1/datasets/{id}/query", with_tenant(context, query_dataset));
  router.add("POST", "/api/v1/query", with_tenant(context, query_lakehouse));
  router.add("GET", "/internal/storage/datasets/{file_name}",
             without_tenant(context, get_stored_file));
}

}  // namespace sluice::api
