#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "lakehouse/databricks/warehouse_state.h"

namespace sluice::lakehouse::databricks {

/// What a warehouse takes in an hour in which one of its clusters is up, by its size (`2X-Small`),
/// in DBU: the same for serverless, pro and classic ones. Nothing for a size that is not known.
std::optional<std::int64_t> dbu_per_hour(std::string_view size);

/// What the warehouse takes while it is awake for that long, with as few clusters as it may have:
/// an estimate.
std::optional<double> dbu_of(const WarehouseState& warehouse, std::chrono::nanoseconds awake);

/// What one sync costs on a warehouse that nobody else uses: it is woken, works, and is billed
/// until it has been idle for as long as its auto-stop says.
struct LonelySync {
  std::int64_t awake_s = 0;        ///< Work and idle tail.
  std::optional<double> dbu = {};  ///< An estimate.
  bool operator==(const LonelySync&) const = default;
};

/// Nothing where it never stops by itself.
std::optional<LonelySync> lonely_sync(const WarehouseState& warehouse);

}  // namespace sluice::lakehouse::databricks
