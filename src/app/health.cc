#include "app/health.h"

#include <prometheus/text_serializer.h>

namespace sluice::app {

void add_health_and_metrics(http::Router& router, prometheus::Registry& registry,
                            std::function<void()> refresh) {
  router.add(
      "GET", "/health",
      [](http::Request&) {
        return http::Response::text(200, "{\"status\":\"ok\"}", "application/json");
      },
      {.on_io = true, .body_bytes_max = std::nullopt});
  // Collecting may read the database, so this one stands in line with other work.
  router.add("GET", "/metrics", [&registry, refresh = std::move(refresh)](http::Request&) {
    if (refresh) refresh();
    return http::Response::text(200, prometheus::TextSerializer().Serialize(registry.Collect()),
                                "text/plain; version=0.0.4");
  });
}

}  // namespace sluice::app
