#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "dataset/dataset.h"
#include "lakehouse/databricks/awake_meter.h"

namespace sluice::lakehouse::databricks {

/// A tenant's further syncs begin so much after each other when a window ends: those of all
/// tenants come in turn, each tenant's first before any second. The last turns come together
/// (begin_turns_max), so that nobody waits for turns for long.
inline constexpr std::chrono::milliseconds turn_interval{50};
/// For so long after a window ended the warehouse may still be asleep, though its waking is under
/// way: who comes then begins at once.
inline constexpr std::chrono::seconds waking_takes{60};

/// When syncs that find the warehouse asleep may begin: the first opens a window, those that come
/// while it is open wait for its end with it, and then one waking carries all. Kept in memory only:
/// after a restart the next sync opens another. Times are given, so that it needs no clock.
/// Threads: safe for concurrent use.
class WakingWindow {
 public:
  explicit WakingWindow(std::chrono::seconds length) : length_(length) {}

  /// The sync of a dataset finds the warehouse asleep. Nothing: it begins now, with those that have
  /// waited. Who asks twice is told the same.
  std::optional<Micros> join(const TenantId& tenant, const std::string& dataset_id, Micros now_us);
  /// With whom the dataset's sync waited last; null: it has not, or long ago.
  std::shared_ptr<Waking> waking_of(const std::string& dataset_id) const;

 private:
  struct Window {
    explicit Window(Micros ends) : ends_us(ends) {}

    Micros ends_us;
    std::map<std::string, std::int64_t> of_tenant = {};  ///< How many wait.
    std::map<std::string, Micros> begins_us = {};        ///< By dataset.
    std::shared_ptr<Waking> waking = std::make_shared<Waking>();
  };

  const std::chrono::seconds length_;
  mutable std::mutex mutex_;
  std::optional<Window> window_;  ///< The last one, open or not.
  std::optional<Window> before_;  ///< The one before, whose syncs may still be under way.
};

}  // namespace sluice::lakehouse::databricks
