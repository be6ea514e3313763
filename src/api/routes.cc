#include "api/routes.h"

#include <map>
#include <stdexcept>
#include <string_view>

#include "api/answered.h"
#include "api/error_codes.h"
#include "api/operation_handlers.h"
#include "api/people/audit_trail.h"
#include "api/people/who_asks.h"
#include "api/request_limits.h"
#include "api/uploads/tus_routes.h"
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
          wants_body = described.body == BodyLimit::query || described.body == BodyLimit::small,
          &described](http::Request& request) {
    const Result<auth::Principal> principal = authenticate(context, request);
    if (!principal) return answered(request, fail(principal.error()));
    request.owner = principal->tenant.value;
    const auto does = [&]() -> http::Response {
      if (!may(principal->permissions, permission))
        return answered(request, fail(missing(permission)));
      if (wants_body) return with_body(context, request, *principal, handler);
      return answered(request, handler(context, request, *principal));
    };
    if (!is_audited(described)) return does();
    return with_audit(context, described, request, *principal, does());
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
    case BodyLimit::small:
      return {.whole_body_bytes_max = account_body_bytes_max};
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

/// What a credential has to hold; empty where none is asked, or it is the parts' own key.
std::optional<auth::Permission> scope_of(Permission permission) {
  switch (permission) {
    case Permission::none:
    case Permission::internal:
      return std::nullopt;
    case Permission::read:
      return auth::Permission::read;
    case Permission::query:
      return auth::Permission::query;
    case Permission::write:
      return auth::Permission::write;
    case Permission::admin:
      return auth::Permission::admin;
  }
  return std::nullopt;
}

}  // namespace

bool may(auth::Permissions permissions, Permission wanted) {
  if (wanted == Permission::none) return true;
  const std::optional<auth::Permission> scope = scope_of(wanted);
  return scope && permissions.has(*scope);
}

Error read_only() {
  return {Errc::permission_denied, Code::token_read_only, "This token may only read.",
          "Use a token with scope write."};
}

Error missing(Permission permission) {
  if (permission == Permission::write) return read_only();
  const std::string_view name = name_of(scope_of(permission).value_or(auth::Permission::admin));
  return {Errc::permission_denied, Code::permission_missing,
          "This takes the permission " + std::string(name) + ", which you do not have here.",
          "Use a token with that scope, or ask an owner of the tenant for another role."};
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
