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
};

/// Starts children, restarts those that die (with a pause that grows to 5 s), stops them all in
/// reverse order. Not thread-safe, and must live on one thread from start to end: the kernel ties a
/// child's death signal to the thread that started it.
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

  /// SIGTERM to all in reverse order of their start; SIGKILL to what is left after `within`.
  void stop(std::chrono::milliseconds within);

 private:
  struct Child;
  Result<void> spawn(Child& child);
  std::vector<Child> children_;
  std::function<bool()> stop_requested_;
};

}  // namespace sluice::app
