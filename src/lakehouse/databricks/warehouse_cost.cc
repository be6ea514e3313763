#include "lakehouse/databricks/warehouse_cost.h"

#include <algorithm>
#include <array>

namespace sluice::lakehouse::databricks {
namespace {

struct SizeRate {
  std::string_view size;
  std::int64_t dbu_per_hour;
};

/// The list rates of one cluster, as Databricks' price pages have them for all clouds. 5X-Large is
/// newer than what could be read of them.
constexpr std::array rates{
    SizeRate{"2X-Small", 4},   SizeRate{"X-Small", 6},    SizeRate{"Small", 12},
    SizeRate{"Medium", 24},    SizeRate{"Large", 40},     SizeRate{"X-Large", 80},
    SizeRate{"2X-Large", 144}, SizeRate{"3X-Large", 272}, SizeRate{"4X-Large", 528}};

/// Two statements of a file of ordinary size.
constexpr std::int64_t work_s = 20;

}  // namespace

std::optional<std::int64_t> dbu_per_hour(std::string_view size) {
  const auto* found = std::find_if(rates.begin(), rates.end(),
                                   [&](const SizeRate& rate) { return rate.size == size; });
  if (found == rates.end()) return std::nullopt;
  return found->dbu_per_hour;
}

std::optional<double> dbu_of(const WarehouseState& warehouse, std::chrono::nanoseconds awake) {
  const auto rate = dbu_per_hour(warehouse.size);
  if (!rate) return std::nullopt;
  const std::int64_t clusters = std::max<std::int64_t>(1, warehouse.clusters_min);
  const std::chrono::duration<double> awake_s = awake;
  return static_cast<double>(*rate * clusters) * awake_s.count() / 3600;
}

std::optional<LonelySync> lonely_sync(const WarehouseState& warehouse) {
  if (warehouse.auto_stop_min <= 0) return std::nullopt;
  LonelySync sync;
  sync.awake_s = work_s + warehouse.auto_stop_min * 60;
  sync.dbu = dbu_of(warehouse, std::chrono::seconds(sync.awake_s));
  return sync;
}

}  // namespace sluice::lakehouse::databricks
