#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <stop_token>

namespace sluice {

/// "There is something to do", from those who make it to those who do it. It is made before both,
/// so that neither has to know the other. It counts, so that what is said between looking for work
/// and waiting for it is not lost. Any number of threads may wait. Safe for concurrent use.
class Wake {
 public:
  Wake() = default;
  Wake(const Wake&) = delete;
  Wake& operator=(const Wake&) = delete;

  /// Wakes all who wait.
  void notify();
  /// To be read before looking for work, and handed to `wait` where there was none.
  std::uint64_t count() const;
  /// Returns once it was notified after `count` was `seen`, or at the stop.
  void wait(std::uint64_t seen, const std::stop_token& stop);
  /// The same, or when so much time has passed.
  void wait_for(std::uint64_t seen, const std::stop_token& stop, std::chrono::microseconds at_most);

 private:
  mutable std::mutex mutex_;
  std::condition_variable_any notified_;
  std::uint64_t count_ = 0;
};

}  // namespace sluice
