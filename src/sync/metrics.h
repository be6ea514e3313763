#pragma once

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <memory>

namespace sluice::sync {

/// The worker's metrics of docs/metrics.md. Threads: safe for concurrent use.
class Metrics {
 public:
  explicit Metrics(prometheus::Registry& registry);

  prometheus::Counter& succeeded;
  prometheus::Counter& failed;
  prometheus::Counter& retries;
  prometheus::Histogram& duration_s;
};

}  // namespace sluice::sync
