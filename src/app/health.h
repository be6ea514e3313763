#pragma once

#include <prometheus/registry.h>

#include <functional>

#include "http/router.h"

namespace sluice::app {

/// `GET /health` and `GET /metrics` on the io threads, so that they answer when all else is busy.
/// `refresh` is called before each collection; it must not block for long. The registry outlives the router.
void add_health_and_metrics(http::Router& router, prometheus::Registry& registry,
                            std::function<void()> refresh = {});

}  // namespace sluice::app
