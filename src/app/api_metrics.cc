#include "app/api_metrics.h"

namespace sluice::app {
namespace {

prometheus::Gauge& gauge(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

prometheus::Counter& counter(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
}

/// For what is counted elsewhere.
void raise_to(prometheus::Counter& counter, std::uint64_t total) {
  counter.Increment(static_cast<double>(total) - counter.Value());
}

}  // namespace

ApiMetrics::ApiMetrics(prometheus::Registry& registry, MetricSources sources)
    : from_(sources),
      pending_age_s_(
          gauge(registry, "datasets_pending_age_seconds", "Age of the oldest pending sync.")),
      outbox_depth_(gauge(registry, "datasets_outbox_depth", "Wants not yet taken by Temporal.")),
      damaged_files_(
          gauge(registry, "datasets_damaged_files", "Stored files that are not what was written.")),
      queries_queued_(gauge(registry, "query_queued", "Queries that wait for a worker.")),
      query_workers_(prometheus::BuildGauge()
                         .Name("query_workers")
                         .Help("Processes for user SQL, by what they do.")
                         .Register(registry)),
      scrubbed_bytes_(counter(registry, "datasets_scrubbed_bytes_total",
                              "Bytes of stored files that the scrubber has read.")),
      broken_workers_(counter(registry, "file_workers_broken_total",
                              "Processes that broke on the file they read.")) {}

void ApiMetrics::refresh() {
  if (const Result<std::int64_t> count = from_.store.count_damage(); count) {
    damaged_files_.Set(static_cast<double>(*count));
  }
  raise_to(scrubbed_bytes_, from_.scrubber.bytes_read());
  raise_to(broken_workers_, from_.file_workers.broken());
  const query::PoolStatus pool = from_.queries.status();
  query_workers_.Add({{"state", "idle"}}).Set(static_cast<double>(pool.idle));
  query_workers_.Add({{"state", "bound"}}).Set(static_cast<double>(pool.bound));
  query_workers_.Add({{"state", "running"}}).Set(static_cast<double>(pool.running));
  queries_queued_.Set(static_cast<double>(pool.queued));
  if (const Result<std::optional<Micros>> since = from_.store.oldest_pending_since(); since) {
    pending_age_s_.Set(*since ? static_cast<double>(from_.clock.now_us() - **since) / 1e6 : 0.0);
  }
  if (const Result<metadata::OutboxDepth> depth = from_.store.outbox_depth_and_oldest(); depth) {
    outbox_depth_.Set(static_cast<double>(depth->rows));
  }
}

}  // namespace sluice::app
