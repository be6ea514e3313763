#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include "base/clock.h"
#include "intake/scrubber.h"
#include "metadata/store.h"
#include "query/pool.h"
#include "sandbox/fork_server.h"

namespace sluice::app {

/// What the API's figures are asked of. All of it must outlive them.
struct MetricSources {
  const metadata::Store& store;
  const query::WorkerPool& queries;
  const intake::Scrubber& scrubber;
  const sandbox::ForkServer& file_workers;
  const Clock& clock;
};

/// The figures of the `api` part, as docs/metrics.md lists them. One thread at a time.
class ApiMetrics {
 public:
  /// Registers them; the registry must outlive this.
  ApiMetrics(prometheus::Registry& registry, MetricSources sources);

  /// Asks for each. What the store does not answer keeps its last figure.
  void refresh();

 private:
  MetricSources from_;
  prometheus::Gauge& pending_age_s_;
  prometheus::Gauge& outbox_depth_;
  prometheus::Gauge& damaged_files_;
  prometheus::Gauge& queries_queued_;
  prometheus::Family<prometheus::Gauge>& query_workers_;
  prometheus::Counter& scrubbed_bytes_;
  prometheus::Counter& broken_workers_;
};

}  // namespace sluice::app
