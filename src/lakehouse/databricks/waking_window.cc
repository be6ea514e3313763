#include "lakehouse/databricks/waking_window.h"

#include <algorithm>

#include "lakehouse/contract/tool_calls.h"

namespace sluice::lakehouse::databricks {
namespace {

Micros micros(std::chrono::microseconds time) { return time.count(); }

}  // namespace

std::optional<Micros> WakingWindow::join(const TenantId& tenant, const std::string& dataset_id,
                                         Micros now_us) {
  const std::lock_guard lock(mutex_);
  if (!window_ || now_us >= window_->ends_us + micros(waking_takes)) {
    before_ = std::move(window_);
    window_.emplace(now_us + micros(length_));
  }
  if (now_us >= window_->ends_us) return std::nullopt;
  const auto [place, is_new] = window_->begins_us.try_emplace(dataset_id, 0);
  if (is_new) {
    const std::int64_t turn = window_->of_tenant[tenant.value]++;
    place->second =
        window_->ends_us + std::min(turn * micros(turn_interval), micros(begin_turns_max));
    window_->waking->add(dataset_id);
  }
  return place->second;
}

std::shared_ptr<Waking> WakingWindow::waking_of(const std::string& dataset_id) const {
  const std::lock_guard lock(mutex_);
  for (const std::optional<Window>* window : {&window_, &before_}) {
    if (*window && (*window)->begins_us.contains(dataset_id)) return (*window)->waking;
  }
  return nullptr;
}

}  // namespace sluice::lakehouse::databricks
