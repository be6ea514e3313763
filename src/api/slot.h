#pragma once

#include <chrono>
#include <optional>
#include <semaphore>
#include <stop_token>
#include <utility>

namespace sluice::api {

using Slots = std::counting_semaphore<>;

/// One of a bounded number of places, given back in the end. The slots must outlive it.
class Slot {
 public:
  /// Empty when none came free within `wait`, or the stop came first.
  static std::optional<Slot> take(Slots& slots, std::chrono::milliseconds wait = {},
                                  const std::stop_token& stop = {}) {
    const auto deadline = std::chrono::steady_clock::now() + wait;
    while (!slots.try_acquire_for(wait.count() == 0 ? wait : poll)) {
      if (stop.stop_requested() || std::chrono::steady_clock::now() >= deadline)
        return std::nullopt;
    }
    return Slot(slots);
  }
  Slot(Slot&& other) noexcept : slots_(std::exchange(other.slots_, nullptr)) {}
  Slot& operator=(Slot&& other) noexcept {
    if (slots_ != nullptr && this != &other) slots_->release();
    slots_ = std::exchange(other.slots_, nullptr);
    return *this;
  }
  ~Slot() {
    if (slots_ != nullptr) slots_->release();
  }

 private:
  static constexpr std::chrono::milliseconds poll{100};
  explicit Slot(Slots& slots) : slots_(&slots) {}
  Slots* slots_;
};

}  // namespace sluice::api
