#include "api/routes.h"

#include "api/answered.h"
#include "api/error_codes.h"
#include "api/handlers.h"
#include "api/request_limits.h"
#include "api/uploads/tus_routes.h"
#include "base/hash.h"
#include "http/error_codes.h"

namespace sluice::api {
namespace {

/// What is spoken over a route besides HTTP.
enum class Protocol { none, tus };

struct ApiRoute {
  const char* method;
  const char* pattern;
  Permission permission;
  TenantHandler handler;
  Protocol protocol = Protocol::none;
  http::RouteOptions options = {};
  TenantHandler on_head = {};  ///< Of tus, where a HEAD is not the GET without its body.
};

/// The body is there, or is asked for now that we know whose it is. The handler is the router's,
/// which outlives every request.
http::Response with_body(Context& context, http::Request& request, const auth::Principal& principal,
                         const TenantHandler& handler) {
  if (request.body_is_whole) return answered(request, handler(context, request, principal));
  http::Later turn;
  turn.wants_body = true;
  turn.then = [&context, principal, &handler](http::Request& whole, FairSlots::Place) {
    return answered(whole, handler(context, whole, principal));
  };
  turn.refused = [](http::Request& waiting, http::NoTurn) {
    return answered(waiting, fail(Errc::resource_exhausted, http::Code::server_busy,
                                  "Too many requests are waiting.", "Try again in a second."));
  };
  http::Response response;
  response.body = std::move(turn);
  return response;
}

http::Handler with_tenant(Context& context, const ApiRoute& route, const TenantHandler& handles) {
  return [&context, handler = handles, permission = route.permission,
          wants_body = route.options.whole_body_bytes_max > 0](http::Request& request) {
    const Result<auth::Principal> principal = authenticate(context, request);
    if (!principal) return answered(request, fail(principal.error()));
    request.owner = principal->tenant.value;
    if (permission != Permission::read && principal->scope == auth::Scope::read) {
      return answered(request, fail(read_only()));
    }
    if (wants_body) return with_body(context, request, *principal, handler);
    return answered(request, handler(context, request, *principal));
  };
}

/// tus 1.0.0: for clients that cannot send the real method.
Result<http::Response> override_method(Context& context, http::Request& request,
                                       const auth::Principal& principal) {
  const std::string_view method = request.headers.get("X-HTTP-Method-Override");
  if (method == "PATCH") return append_to_upload(context, request, principal);
  if (method == "DELETE") return delete_upload(context, request, principal);
  return fail(Errc::invalid_argument, Code::method_override,
              "POST takes X-HTTP-Method-Override: PATCH or DELETE here.");
}

/// Resumable uploads. What is not of the protocol asks for no header of it: the two GETs.
std::vector<ApiRoute> upload_routes(const Options& options) {
  const http::RouteOptions chunk{.body_bytes_max = options.upload_bytes_max};
  using enum Permission;
  return {{"GET", "/api/v1/uploads", read, list_uploads},
          {"POST", "/api/v1/uploads", write, create_upload, Protocol::tus, chunk},
          {"GET", "/api/v1/uploads/{id}", read, get_upload, Protocol::none, {}, get_upload_offset},
          {"PATCH", "/api/v1/uploads/{id}", write, append_to_upload, Protocol::tus, chunk},
          {"DELETE", "/api/v1/uploads/{id}", write, delete_upload, Protocol::tus},
          {"POST", "/api/v1/uploads/{id}", write, override_method, Protocol::tus, chunk}};
}

std::vector<ApiRoute> dataset_routes(const Options& options) {
  const http::RouteOptions upload{.body_bytes_max =
                                      options.upload_bytes_max + form_overhead_bytes_max};
  const http::RouteOptions preview{.body_bytes_max =
                                       preview_file_bytes_max + form_overhead_bytes_max};
  const http::RouteOptions records{.body_bytes_max = records_body_bytes_max};
  const http::RouteOptions query{.whole_body_bytes_max = query_body_bytes_max};
  using enum Permission;
  return {
      {"POST", "/api/v1/datasets/ingest", write, ingest_records, Protocol::none, records},
      {"POST", "/api/v1/datasets/upload", write, upload_dataset, Protocol::none, upload},
      {"POST", "/api/v1/datasets/preview", write, preview_file, Protocol::none, preview},
      {"POST", "/api/v1/datasets/{id}/versions", write, upload_version, Protocol::none, upload},
      {"POST", "/api/v1/datasets/{id}/reingest", write, reingest_dataset},
      {"POST", "/api/v1/datasets/{id}/restore", write, restore_dataset},
      {"GET", "/api/v1/datasets/{id}/source", read, get_source},
      {"GET", "/api/v1/datasets/{id}/rejects", read, get_rejects},
      {"GET", "/api/v1/datasets", read, list_datasets},
      {"GET", "/api/v1/datasets/{id}", read, get_dataset},
      {"DELETE", "/api/v1/datasets/{id}", write, delete_dataset},
      {"GET", "/api/v1/datasets/{id}/databricks/status", read, get_sync_status},
      {"GET", "/api/v1/datasets/{id}/databricks/runs", read, list_sync_runs},
      {"DELETE", "/api/v1/datasets/{id}/databricks", write, drop_lakehouse_tables},
      {"POST", "/api/v1/datasets/{id}/sync", write, request_sync},
      {"GET", "/api/v1/usage", read, get_usage},
      {"GET", "/api/v1/datasets/{id}/schema", read, get_schema},
      {"GET", "/api/v1/datasets/{id}/profile", read, get_profile},
      {"GET", "/api/v1/datasets/{id}/preview", read, preview_dataset},
      {"GET", "/api/v1/datasets/{id}/query", read, query_dataset},
      {"POST", "/api/v1/datasets/{id}/query", read, post_dataset_query, Protocol::none, query},
      {"POST", "/api/v1/query", read, query_lakehouse, Protocol::none, query},
      {"GET", "/api/v1/queries", read, list_queries},
      {"GET", "/api/v1/queries/{id}", read, get_query},
      {"DELETE", "/api/v1/queries/{id}", write, delete_query},
      {"GET", "/api/v1/queries/{id}/result", read, get_query_result},
  };
}

constexpr const char* open_routes[] = {"/api/v1/uploads", "/api/v1/uploads/{id}"};
constexpr const char* internal_route = "/internal/storage/datasets/{file_name}";

}  // namespace

Error read_only() {
  return {Errc::permission_denied, Code::token_read_only, "This token may only read.",
          "Use a token with scope full."};
}

Result<auth::Principal> authenticate(Context& context, const http::Request& request) {
  const std::string_view header = request.headers.get("Authorization");
  const std::optional<std::string_view> credential = auth::bearer_credential(header);
  if (credential && auth::is_token(*credential)) {
    const std::string digest = auth::token_sha256(*credential);
    TRY_ASSIGN(std::optional<auth::Principal> principal, context.intake.store.find_token(digest));
    if (principal) {
      context.callers.learn(digest, principal->tenant.value);
      return *principal;
    }
    context.callers.forget(digest);
  }
  return fail(Errc::unauthenticated, Code::token_invalid,
              header.empty() ? "No token was sent." : "The token is not valid.",
              "Send Authorization: Bearer with the content of DATA_STORAGE_PATH/token.");
}

std::string owner_hint(const Context& context, const http::Request& request) {
  const std::optional<std::string_view> credential =
      auth::bearer_credential(request.headers.get("Authorization"));
  if (!credential) return {};
  if (auth::is_token(*credential))
    return context.callers.tenant_of(auth::token_sha256(*credential));
  // No tenant's name has a blank.
  return equal_constant_time(*credential, context.options.mcp_api_key) ? "the MCP server" : "";
}

void add_routes(http::Router& router, Context& context) {
  for (const char* pattern : open_routes) {
    router.add("OPTIONS", pattern, [&context](http::Request&) { return tus_options(context); });
  }
  for (const auto& routes : {upload_routes(context.options), dataset_routes(context.options)}) {
    for (const ApiRoute& route : routes) {
      http::Handler handler = with_tenant(context, route, route.handler);
      if (route.protocol == Protocol::tus) handler = with_tus(std::move(handler));
      if (route.on_head) {
        const http::Handler on_head = with_tus(with_tenant(context, route, route.on_head));
        handler = [on_head, on_get = std::move(handler)](http::Request& request) {
          return request.method == "HEAD" ? on_head(request) : on_get(request);
        };
      }
      router.add(route.method, route.pattern, std::move(handler), route.options);
    }
  }
  router.add("GET", internal_route, [&context](http::Request& request) {
    return answered(request, get_stored_file(context, request));
  });
}

std::vector<RoutePermission> route_permissions() {
  std::vector<RoutePermission> all;
  for (const char* pattern : open_routes) all.push_back({"OPTIONS", pattern, Permission::none});
  for (const auto& routes : {upload_routes({}), dataset_routes({})}) {
    for (const ApiRoute& route : routes) {
      all.push_back({route.method, route.pattern, route.permission});
    }
  }
  all.push_back({"GET", internal_route, Permission::internal});
  return all;
}

}  // namespace sluice::api
