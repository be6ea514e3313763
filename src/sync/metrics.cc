#include "sync/metrics.h"

namespace sluice::sync {
namespace {

prometheus::Counter& counter(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
}

}  // namespace

Metrics::Metrics(prometheus::Registry& registry)
    : succeeded(counter(registry, "datasets_sync_succeeded_total", "Syncs that ended synced.")),
      failed(counter(registry, "datasets_sync_failed_total", "Syncs that ended failed.")),
      retries(counter(registry, "datasets_sync_retries_total", "Tries after the first.")),
      duration_s(prometheus::BuildHistogram()
                     .Name("datasets_sync_duration_seconds")
                     .Help("From the first activity to synced.")
                     .Register(registry)
                     .Add({}, prometheus::Histogram::BucketBoundaries{0.1, 0.25, 0.5, 1, 2.5, 5, 10,
                                                                      30, 60, 300, 900, 3600})) {}

}  // namespace sluice::sync
