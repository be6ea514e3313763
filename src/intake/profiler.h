#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <thread>

#include "intake/context.h"

namespace sluice::intake {

/// Attempts at a profile; afterwards the version goes without one, for a sync is worth more.
inline constexpr std::int64_t profile_attempts_max = 3;

/// Makes the profile of each version behind the answer to its upload and before its sync. One
/// version at a time, on one thread of its own, with an engine whose memory is bounded and which
/// spills to disk. The metadata store is its queue: what a process that died left behind is found
/// there by the next, and every step may be repeated, by several processes too.
class Profiler {
 public:
  /// Starts at once, and looks for work when `Wakes::profiler` says so, and now and then. The
  /// context must outlive it.
  explicit Profiler(Context& context);
  /// Stops what runs, within about a second; it is taken up again by the next process.
  ~Profiler();

 private:
  void run(const std::stop_token& stop);
  /// False where nothing is due.
  bool profile_next(const std::stop_token& stop);
  Result<void> profile(const metadata::UnprofiledVersion& todo, const std::stop_token& stop);
  Result<std::string> make(const metadata::UnprofiledVersion& todo, const std::stop_token& stop);

  Context& context_;
  bool store_away_ = false;  ///< Said once in the log, not at each try.
  std::jthread thread_;      ///< Last: it uses the rest.
};

}  // namespace sluice::intake
