#include "app/health.h"

#include <prometheus/text_serializer.h>

#include <utility>

#include "auth/token.h"
#include "base/hash.h"
#include "http/host_check.h"

namespace sluice::app {
namespace {

constexpr std::chrono::seconds refresh_interval{1};

http::Response misdirected() {
  return http::Response::text(421, "This Host is not one of Sluice's; see ALLOWED_HOSTS.\n");
}

bool has_token(const WatchGuard& guard, const http::Request& request) {
  if (guard.metrics_token.empty()) return true;
  const auto sent = auth::bearer_credential(request.headers.get("Authorization"));
  return sent && equal_constant_time(*sent, guard.metrics_token);
}

http::Response token_wanted() {
  http::Response response = http::Response::text(401, "METRICS_TOKEN is wanted as bearer token.\n");
  response.headers.set("WWW-Authenticate", "Bearer realm=\"metrics\"");
  return response;
}

}  // namespace

WatchGuard watch_guard(const Settings& settings, const std::string& listen) {
  WatchGuard guard{settings.allowed_hosts, settings.metrics_token};
  guard.hosts.emplace_back(http::without_port(listen));
  return guard;
}

http::Handler health_handler(std::vector<std::string> hosts) {
  return [hosts = std::move(hosts)](http::Request& request) {
    if (!http::is_for_us(request, hosts)) return misdirected();
    return http::Response::text(200, "{\"status\":\"ok\"}", "application/json");
  };
}

http::Handler metrics_handler(prometheus::Registry& registry, WatchGuard guard) {
  return [&registry, guard = std::move(guard)](http::Request& request) {
    if (!http::is_for_us(request, guard.hosts)) return misdirected();
    if (!has_token(guard, request)) return token_wanted();
    return http::Response::text(200, prometheus::TextSerializer().Serialize(registry.Collect()),
                                "text/plain; version=0.0.4");
  };
}

void add_health_and_metrics(http::Router& router, prometheus::Registry& registry,
                            WatchGuard guard) {
  router.add("GET", "/health", health_handler(guard.hosts), {.on_io = true});
  router.add("GET", "/metrics", metrics_handler(registry, std::move(guard)), {.on_io = true});
}

MetricsRefresher::MetricsRefresher(std::function<void()> refresh)
    : loop_({.name = "metrics", .poll_interval = refresh_interval},
            [refresh = std::move(refresh)](const std::stop_token&) {
              refresh();
              return BackgroundLoop::Round::idle;
            }) {}

}  // namespace sluice::app
