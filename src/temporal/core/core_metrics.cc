#include "temporal/core/core_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <string>
#include <variant>

#include "base/ascii.h"
#include "base/log.h"
#include "temporal/error_codes.h"

namespace sluice::temporal {

namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;
using prometheus::Labels;

/// Seconds: from a call on the same machine to a workflow that waited for hours.
constexpr std::array<double, 14> duration_buckets_s = {0.001, 0.005, 0.01, 0.05, 0.1, 0.5,  1,
                                                       5,     10,    30,   60,   600, 3600, 21600};
constexpr std::array<double, 8> count_buckets = {1, 5, 10, 50, 100, 500, 1000, 10000};

struct Bound {
  std::mutex mutex;
  std::shared_ptr<prometheus::Registry> registry;
  int meters = 0;
};

Bound& bound() {
  static Bound& instance = *new Bound;  // the core's threads may live longer than statics
  return instance;
}

/// One of the core's, with the registry that keeps its family alive.
struct Metric {
  std::shared_ptr<prometheus::Registry> registry;
  TemporalCoreMetricKind kind;
  std::variant<Family<Counter>*, Family<Gauge>*, Family<Histogram>*> family;
};

std::string text_of(TemporalCoreByteArrayRef bytes) {
  if (bytes.data == nullptr) return {};
  return {reinterpret_cast<const char*>(bytes.data), bytes.size};
}

/// Prometheus allows [a-zA-Z0-9_] in names of labels and (beside the colon) of metrics.
std::string allowed(std::string name) {
  const auto wrong = [](char c) { return !is_alphanumeric(c) && c != '_'; };
  std::replace_if(name.begin(), name.end(), wrong, '_');
  return name;
}

std::string name_of(TemporalCoreByteArrayRef given, TemporalCoreMetricKind kind) {
  std::string name = allowed(text_of(given));
  if (!name.starts_with("temporal_")) name.insert(0, "temporal_");
  if (kind == TemporalCoreMetricKind_CounterInteger && !name.ends_with("_total")) name += "_total";
  if (kind == TemporalCoreMetricKind_HistogramDuration) name += "_seconds";
  return name;
}

std::string value_of(const TemporalCoreCustomMetricAttribute& attribute) {
  switch (attribute.value_type) {
    case TemporalCoreMetricAttributeValueType_Int:
      return std::to_string(attribute.value.int_value);
    case TemporalCoreMetricAttributeValueType_Float:
      return std::to_string(attribute.value.float_value);
    case TemporalCoreMetricAttributeValueType_Bool:
      return attribute.value.bool_value ? "true" : "false";
    default:
      return text_of({attribute.value.string_value.data, attribute.value.string_value.size});
  }
}

/// The core is Rust: nothing may be thrown into it. Said once, since it would come with each task.
template <typename F>
void guarded(F&& body) noexcept {
  try {
    body();
  } catch (const std::exception& problem) {
    static std::once_flag said;
    std::call_once(said, [&] {
      log::warn("A metric of Temporal's core was not taken", {{"error", problem.what()}});
    });
  }
}

/// Something of ours that the core keeps, while a callback reads it on whatever thread.
class Borrowed {
 public:
  explicit Borrowed(const void* object) : object_(object) {
    if (object_ != nullptr) say_taken_over(object_);
  }
  ~Borrowed() {
    if (object_ != nullptr) say_handed_over(object_);
  }
  Borrowed(const Borrowed&) = delete;
  Borrowed& operator=(const Borrowed&) = delete;

 private:
  const void* object_;
};

const void* metric_new(TemporalCoreByteArrayRef name, TemporalCoreByteArrayRef description,
                       TemporalCoreByteArrayRef, TemporalCoreMetricKind kind) {
  Metric* made = nullptr;
  guarded([&] {
    std::shared_ptr<prometheus::Registry> registry;
    {
      const std::lock_guard lock(bound().mutex);
      registry = bound().registry;
    }
    const std::string full_name = name_of(name, kind);
    const std::string help = text_of(description);
    auto metric = std::make_unique<Metric>(Metric{registry, kind, {}});
    switch (kind) {
      case TemporalCoreMetricKind_CounterInteger:
        metric->family = &prometheus::BuildCounter().Name(full_name).Help(help).Register(*registry);
        break;
      case TemporalCoreMetricKind_GaugeInteger:
      case TemporalCoreMetricKind_GaugeFloat:
      case TemporalCoreMetricKind_UpDownCounterInteger:
        metric->family = &prometheus::BuildGauge().Name(full_name).Help(help).Register(*registry);
        break;
      default:
        metric->family =
            &prometheus::BuildHistogram().Name(full_name).Help(help).Register(*registry);
    }
    made = metric.release();
    say_handed_over(made);
  });
  return made;
}

void metric_free(const void* metric) {
  say_taken_over(metric);
  delete static_cast<const Metric*>(metric);
}

void record(const void* metric, double value, const void* attributes) {
  if (metric == nullptr) return;
  guarded([&] {
    static const Labels none;
    const Borrowed borrowed_metric(metric);
    const Borrowed borrowed_labels(attributes);
    const Metric& into = *static_cast<const Metric*>(metric);
    const Labels& labels = attributes == nullptr ? none : *static_cast<const Labels*>(attributes);
    if (auto* const* counters = std::get_if<Family<Counter>*>(&into.family)) {
      (*counters)->Add(labels).Increment(value);
    } else if (auto* const* gauges = std::get_if<Family<Gauge>*>(&into.family)) {
      Gauge& gauge = (*gauges)->Add(labels);
      if (into.kind == TemporalCoreMetricKind_UpDownCounterInteger) {
        gauge.Increment(value);
      } else {
        gauge.Set(value);
      }
    } else {
      const bool duration = into.kind == TemporalCoreMetricKind_HistogramDuration;
      const Histogram::BucketBoundaries buckets =
          duration
              ? Histogram::BucketBoundaries(duration_buckets_s.begin(), duration_buckets_s.end())
              : Histogram::BucketBoundaries(count_buckets.begin(), count_buckets.end());
      std::get<Family<Histogram>*>(into.family)->Add(labels, buckets).Observe(value);
    }
  });
}

void record_integer(const void* metric, std::uint64_t value, const void* attributes) {
  // A difference may be negative; the bridge passes its bits.
  record(metric, static_cast<double>(static_cast<std::int64_t>(value)), attributes);
}

void record_float(const void* metric, double value, const void* attributes) {
  record(metric, value, attributes);
}

void record_duration(const void* metric, std::uint64_t value_ms, const void* attributes) {
  record(metric, static_cast<double>(value_ms) / 1'000.0, attributes);
}

const void* attributes_new(const void* append_from,
                           const TemporalCoreCustomMetricAttribute* attributes, std::size_t size) {
  Labels* made = nullptr;
  guarded([&] {
    const Borrowed borrowed(append_from);
    auto labels = append_from == nullptr
                      ? std::make_unique<Labels>()
                      : std::make_unique<Labels>(*static_cast<const Labels*>(append_from));
    for (std::size_t i = 0; i < size; ++i) {
      (*labels)[allowed(text_of(attributes[i].key))] = value_of(attributes[i]);
    }
    made = labels.release();
    say_handed_over(made);
  });
  return made;
}

void attributes_free(const void* attributes) {
  say_taken_over(attributes);
  delete static_cast<const Labels*>(attributes);
}

void meter_free(const TemporalCoreCustomMetricMeter* meter) {
  say_taken_over(meter);
  delete meter;
  const std::lock_guard lock(bound().mutex);
  if (--bound().meters == 0) bound().registry.reset();
}

}  // namespace

Result<const TemporalCoreCustomMetricMeter*> new_meter(
    const std::shared_ptr<prometheus::Registry>& registry) {
  const std::lock_guard lock(bound().mutex);
  if (bound().meters > 0 && bound().registry != registry) {
    return fail(Errc::conflict, Code::temporal_metrics,
                "Another runtime of this process writes its metrics into another registry.",
                "Use one registry for all runtimes of a process.");
  }
  bound().registry = registry;
  ++bound().meters;
  return new TemporalCoreCustomMetricMeter{
      .metric_new = &metric_new,
      .metric_free = &metric_free,
      .metric_record_integer = &record_integer,
      .metric_record_float = &record_float,
      .metric_record_duration = &record_duration,
      .attributes_new = &attributes_new,
      .attributes_free = &attributes_free,
      .meter_free = &meter_free,
  };
}

}  // namespace sluice::temporal
