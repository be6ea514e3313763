#pragma once

#include <memory>
#include <string>

#include "base/result.h"

namespace prometheus {
class Registry;
}

namespace sluice::temporal {

class RuntimeCore;

struct RuntimeOptions {
  /// The lowest level of the core's own log lines that reach ours: trace, debug, info, warn or
  /// error.
  std::string core_log_level = "warn";
  /// Where the core's metrics go, as `temporal_…` (docs/metrics.md); none without it. One for all
  /// runtimes of a process.
  std::shared_ptr<prometheus::Registry> metrics = nullptr;
};

/// The core's thread pool and telemetry; one per process is meant. Clients and workers may outlive
/// it: they hold what they need of it. Threads: safe for concurrent use.
class Runtime {
 public:
  static Result<std::unique_ptr<Runtime>> create(const RuntimeOptions& options = {});
  explicit Runtime(std::shared_ptr<RuntimeCore> core);
  ~Runtime();

  const std::shared_ptr<RuntimeCore>& core() const { return core_; }  ///< For this room only.

 private:
  std::shared_ptr<RuntimeCore> core_;
};

}  // namespace sluice::temporal
