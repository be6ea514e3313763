#include "lakehouse/databricks/awake_meter.h"

#include <algorithm>

namespace sluice::lakehouse::databricks {

using std::chrono::nanoseconds;

void AwakeMeter::set_auto_stop(nanoseconds after) {
  const std::lock_guard lock(mutex_);
  auto_stop_ = after;
}

void AwakeMeter::advance(Time now) {
  // Callers take the time before they come here, so that two may come in another order.
  if (now <= at_) return;
  if (under_way_ > 0) {
    share_ns_ +=
        static_cast<double>(nanoseconds(now - at_).count()) / static_cast<double>(under_way_);
  }
  at_ = now;
}

AwakeMeter::Use AwakeMeter::begin(Time now) {
  const std::lock_guard lock(mutex_);
  advance(now);
  Use use{share_ns_, nanoseconds(0)};
  if (under_way_ == 0) {
    const nanoseconds paid = paid_until_ ? nanoseconds(*paid_until_ - now) : nanoseconds(0);
    use.idle = auto_stop_ - std::clamp(paid, nanoseconds(0), auto_stop_);
  }
  ++under_way_;
  return use;
}

nanoseconds AwakeMeter::end(const Use& use, Time now) {
  const std::lock_guard lock(mutex_);
  advance(now);
  if (--under_way_ == 0) paid_until_ = now + auto_stop_;
  return use.idle + nanoseconds(static_cast<std::int64_t>(share_ns_ - use.begun_at_share));
}

void Waking::add(const std::string& sync) {
  const std::lock_guard lock(mutex_);
  if (unpaid_.insert(sync).second) ++syncs_;
}

nanoseconds Waking::share(const std::string& sync, nanoseconds idle) {
  const std::lock_guard lock(mutex_);
  const bool is_first = !idle_;
  if (is_first) idle_ = idle;
  nanoseconds pays = is_first ? nanoseconds(0) : idle;
  if (unpaid_.erase(sync) > 0) pays += *idle_ / syncs_;
  return pays;
}

}  // namespace sluice::lakehouse::databricks
