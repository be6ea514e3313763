#pragma once

// Inside this room only.

#include <memory>

#include "base/result.h"
#include "temporal/core/core.h"

namespace prometheus {
class Registry;
}

namespace sluice::temporal {

/// A meter that writes the core's metrics into a registry of ours, for TemporalCoreMetricsOptions,
/// whose runtime frees it. Names as Prometheus wants them: `temporal_…`, counters end in `_total`,
/// durations in `_seconds`. `conflict` where another registry is in use: the core's callbacks
/// carry nothing that would tell two of them apart. The core calls back on threads of its own.
Result<const TemporalCoreCustomMetricMeter*> new_meter(
    const std::shared_ptr<prometheus::Registry>& registry);

}  // namespace sluice::temporal
