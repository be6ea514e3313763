#pragma once

// Inside this room only.

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/background_loop.h"
#include "temporal/payload_codec.h"
#include "temporal/workflow/workflow_instance.h"

namespace sluice::temporal {

/// The cache of runs: takes serialised activations, gives serialised completions. Threads: one
/// caller at a time; a watchdog of its own says in the log when workflow code does not give control
/// back.
class WorkflowRunner {
 public:
  using Evicted = std::function<void(const coresdk::workflow_activation::RemoveFromCache&)>;

  /// `definitions` outlive the runner and do not change. `codec` may be null.
  WorkflowRunner(const std::map<std::string, WorkflowDefinition>& definitions,
                 std::shared_ptr<const PayloadCodec> codec, std::string task_queue,
                 std::string namespace_name);
  WorkflowRunner(const WorkflowRunner&) = delete;
  WorkflowRunner& operator=(const WorkflowRunner&) = delete;
  ~WorkflowRunner();

  /// Called when a run leaves the cache, with the reason.
  void on_evicted(Evicted evicted) { evicted_ = std::move(evicted); }
  std::string handle(const std::string& bytes);

 private:
  /// Empty where the run is not known.
  std::string workflow_id_of(const WorkflowInstance::Activation& activation) const;
  WorkflowInstance::Completion completion_of(const WorkflowInstance::Activation& activation);
  void watch();

  const std::map<std::string, WorkflowDefinition>& definitions_;
  const std::shared_ptr<const PayloadCodec> codec_;
  const std::string task_queue_;
  const std::string namespace_name_;
  Evicted evicted_;
  std::map<std::string, std::unique_ptr<WorkflowInstance>> cache_;  ///< By run id.

  std::mutex mutex_;        ///< Guards the next two.
  std::string active_run_;  ///< Empty: no workflow code runs.
  std::chrono::steady_clock::time_point active_since_;
  std::string reported_run_;  ///< Of the watchdog: each is said once.
  BackgroundLoop watchdog_;   ///< Last: it uses the rest.
};

}  // namespace sluice::temporal
