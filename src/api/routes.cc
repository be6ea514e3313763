#include "api/routes.h"

#include <map>
#include <stdexcept>
#include <string_view>

#include "accounts/error_codes.h"
#include "api/answered.h"
#include "api/error_codes.h"
#include "api/operation_handlers.h"
#include "api/request_limits.h"
#include "api/uploads/tus_routes.h"
#include "base/hash.h"
#include "http/error_codes.h"

namespace sluice::api {
namespace {

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

http::Handler with_tenant(Context& context, const DescribedOperation& described,
                          TenantHandler handles) {
  return [&context, handler = std::move(handles), permission = described.permission,
          wants_body = described.body == BodyLimit::query](http::Request& request) {
    const Result<auth::Principal> principal = authenticate(context, request);
    if (!principal) return answered(request, fail(principal.error()));
    request.owner = principal->tenant.value;
    if (!may(principal->permissions, permission)) return answered(request, fail(read_only()));
    if (wants_body) return with_body(context, request, *principal, handler);
    return answered(request, handler(context, request, *principal));
  };
}

http::RouteOptions route_options(const DescribedOperation& described, const Options& options) {
  const bool is_watch =
      described.operation == Operation::get_health || described.operation == Operation::get_metrics;
  switch (described.body) {
    case BodyLimit::none:
      return {.on_io = is_watch};
    case BodyLimit::server_default:
      return {};
    case BodyLimit::upload:
      return {.body_bytes_max = options.upload_bytes_max + form_overhead_bytes_max};
    case BodyLimit::preview:
      return {.body_bytes_max = preview_file_bytes_max + form_overhead_bytes_max};
    case BodyLimit::records:
      return {.body_bytes_max = records_body_bytes_max};
    case BodyLimit::query:
      return {.whole_body_bytes_max = query_body_bytes_max};
    case BodyLimit::chunk:
      return {.body_bytes_max = options.upload_bytes_max};
  }
  throw std::logic_error("no such limit");
}

/// The operation behind what its description says: its token, its protocol.
http::Handler guarded(Context& context, const DescribedOperation& described,
                      const ServiceRoutes& service) {
  OperationHandler does = handler_of(described.operation, context, service);
  const bool is_for_all =
      described.permission == Permission::none || described.permission == Permission::internal;
  if (is_for_all != static_cast<bool>(does.for_all)) {
    throw std::logic_error(std::string(described.id) + " has a handler of another permission");
  }
  http::Handler handler = is_for_all ? std::move(does.for_all)
                                     : with_tenant(context, described, std::move(does.for_tenant));
  return described.protocol == Protocol::tus ? with_tus(std::move(handler)) : handler;
}

}  // namespace

bool may(auth::Permissions permissions, Permission wanted) {
  switch (wanted) {
    case Permission::none:
      return true;
    case Permission::internal:
      return false;
    case Permission::read:
      return permissions.has(auth::Permission::read);
    case Permission::query:
      return permissions.has(auth::Permission::query);
    case Permission::write:
      return permissions.has(auth::Permission::write);
    case Permission::admin:
      return permissions.has(auth::Permission::admin);
  }
  return false;
}

Error read_only() {
  return {Errc::permission_denied, Code::token_read_only, "This token may only read.",
          "Use a token with scope full."};
}

Result<auth::Principal> authenticate(Context& context, const http::Request& request) {
  const std::string_view header = request.headers.get("Authorization");
  const std::optional<std::string_view> credential = auth::bearer_credential(header);
  if (credential && auth::is_token(*credential)) {
    const std::string digest = auth::token_sha256(*credential);
    TRY_ASSIGN(std::optional<metadata::KnownToken> known, context.intake.store.find_token(digest));
    const Micros now_us = context.intake.clock.now_us();
    if (known && !known->revoked_at_us && known->expires_at_us.value_or(now_us + 1) > now_us) {
      context.callers.learn(digest, known->principal.tenant.value);
      return known->principal;
    }
    context.callers.forget(digest);
  }
  return fail(Errc::unauthenticated, accounts::Code::token_invalid,
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

void add_routes(http::Router& router, Context& context, const ServiceRoutes& service) {
  // A HEAD is the GET without its body, unless it is described.
  std::map<std::string_view, http::Handler> heads;
  for (const DescribedOperation& described : described_operations) {
    if (std::string_view(described.method) == "HEAD") {
      heads[described.pattern] = guarded(context, described, service);
    }
  }
  for (const DescribedOperation& described : described_operations) {
    const std::string_view method = described.method;
    if (method == "HEAD") continue;
    http::Handler handler = guarded(context, described, service);
    if (const auto head = heads.find(described.pattern); method == "GET" && head != heads.end()) {
      handler = [on_head = head->second, on_get = std::move(handler)](http::Request& request) {
        return request.method == "HEAD" ? on_head(request) : on_get(request);
      };
    }
    router.add(described.method, described.pattern, std::move(handler),
               route_options(described, context.options));
  }
}

}  // namespace sluice::api
