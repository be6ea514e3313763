#include "base/wake.h"

namespace sluice {

void Wake::notify() {
  {
    const std::lock_guard lock(mutex_);
    ++count_;
  }
  notified_.notify_all();
}

std::uint64_t Wake::count() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

void Wake::wait(std::uint64_t seen, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  notified_.wait(lock, stop, [&] { return count_ != seen; });
}

void Wake::wait_for(std::uint64_t seen, const std::stop_token& stop,
                    std::chrono::microseconds at_most) {
  std::unique_lock lock(mutex_);
  notified_.wait_for(lock, stop, at_most, [&] { return count_ != seen; });
}

}  // namespace sluice
