#pragma once

#include <chrono>
#include <functional>
#include <thread>

namespace sluice {

/// Whether it comes true within half a minute, on a machine that may be busy. For tests that wait
/// for something behind a request. Blocks the thread of the test.
inline bool soon(const std::function<bool()>& reached) {
  for (int i = 0; i < 1'200 && !reached(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(25));
  }
  return reached();
}

}  // namespace sluice
