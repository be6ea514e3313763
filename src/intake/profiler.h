#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/background_loop.h"
#include "intake/context.h"

namespace sluice::intake {

/// Attempts at a profile; afterwards the version goes without one, for a sync is worth more.
inline constexpr std::int64_t profile_attempts_max = 3;

/// Makes the profile of each version behind the answer to its upload; its sync waits for it, though
/// not for long (PROFILE_WAIT_S). `profile_places` at a time, of a tenant one: the tenant who has
/// had none for longest comes first, with the smallest of its files. In file workers, whose memory
/// is bounded. The metadata store is its queue: what a process that died left behind is found there
/// by the next, and every step may be repeated, by several processes too. Runs on threads of its
/// own, one per place.
class Profiler {
 public:
  /// Starts at once, and looks for work when `Wakes::profiler` says so, and now and then. The
  /// context must outlive it. Its end stops what runs, within about a second; the next process
  /// takes that up again.
  explicit Profiler(Context& context);

 private:
  struct Job {
    metadata::UnprofiledVersion todo;
    FairSlots::Place place;
  };
  BackgroundLoop::Round profile_next(const std::stop_token& stop);
  std::optional<Job> take();
  /// Those that are due, the tenant who has had none for longest first.
  Result<std::vector<metadata::UnprofiledVersion>> due_in_turn();
  Result<void> profile(const metadata::UnprofiledVersion& todo, const std::stop_token& stop);
  Result<std::string> make(const metadata::UnprofiledVersion& todo, const std::stop_token& stop);

  Context& context_;
  FairSlots places_{profile_places};
  std::mutex taking_;                            ///< For what follows.
  bool store_away_ = false;                      ///< Said once in the log, not at each try.
  std::map<std::string, std::uint64_t> served_;  ///< When a tenant had its last one.
  std::uint64_t count_ = 0;
  BackgroundLoop loop_;  ///< Last: it uses the rest.
};

}  // namespace sluice::intake
