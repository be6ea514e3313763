#pragma once

#include <prometheus/registry.h>

#include <functional>
#include <string>
#include <vector>

#include "app/settings.h"
#include "base/background_loop.h"
#include "http/router.h"

namespace sluice::app {

/// Who may read what says nothing of anybody's data, and yet something.
struct WatchGuard {
  std::vector<std::string> hosts;  ///< Names that a request may give us besides loopback's.
  std::string metrics_token;       ///< Bearer, for /metrics. Empty: none is asked for.
};

/// For the part that listens on this address: its host, ALLOWED_HOSTS and METRICS_TOKEN.
WatchGuard watch_guard(const Settings& settings, const std::string& listen);

/// The two handlers, for routes with `on_io`; the registry outlives them.
http::Handler health_handler(std::vector<std::string> hosts);
http::Handler metrics_handler(prometheus::Registry& registry, WatchGuard guard);

/// `GET /health` and `GET /metrics` on the io threads, so that they answer when all else is busy:
/// 421 where the Host is another's, 401 without METRICS_TOKEN. The registry outlives the router.
void add_health_and_metrics(http::Router& router, prometheus::Registry& registry, WatchGuard guard);

/// Calls `refresh` about once a second on a thread of its own: figures that have to be asked for
/// must not be asked for on an io thread.
class MetricsRefresher {
 public:
  explicit MetricsRefresher(std::function<void()> refresh);

 private:
  BackgroundLoop loop_;
};

}  // namespace sluice::app
