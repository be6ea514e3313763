#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"

namespace sluice::app {

/// A program that `serve` keeps running.
struct ChildSpec {
  std::string
      name;  ///< As operators know it: `temporal`, `mcp-server`, `api`, `databricks-worker`.
  std::vector<std::string> argv;
  std::map<std::string, std::string> environment;  ///< All that it gets.
  /// It uses the others while it ends: it is asked first, and they are left alone so long.
  std::chrono::milliseconds ends_before_others{0};
};

/// Starts children, restarts those that die (with a pause that grows to 5 s), stops them all. Not
/// thread-safe, and must live on one thread from start to end: the kernel ties a child's death
/// signal to the thread that started it.
class Supervisor {
 public:
  /// `stop_requested` is asked several times a second; true ends `run`.
  explicit Supervisor(std::function<bool()> stop_requested);
  ~Supervisor();
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  /// Starts a child and waits until `ready` says yes; an error where it ended or did not become
  /// ready.
  Result<void> start(ChildSpec spec, const std::function<bool()>& ready,
                     std::chrono::milliseconds ready_within);

  /// Watches until stop is requested.
  void run();

  /// SIGTERM to those that end before others, and, once they have or their time is up, to all
  /// others at once: each has what is left of `within` for its own drain. SIGKILL to what is left
  /// then. Gives the names of those that were killed. May be called again.
  std::vector<std::string> stop(std::chrono::milliseconds within);

 private:
  struct Child;
  Result<void> spawn(Child& child);
  void ask_to_end(const std::function<bool(const Child&)>& which);
  /// True once all of them have ended.
  bool wait_for_end(const std::function<bool(const Child&)>& which,
                    std::chrono::steady_clock::time_point deadline);
  std::vector<Child> children_;
  std::function<bool()> stop_requested_;
};

}  // namespace sluice::app
