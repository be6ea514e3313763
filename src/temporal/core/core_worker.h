#pragma once

// Inside this room only.

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>

#include "base/result.h"
#include "temporal/core/connection.h"
#include "temporal/core/core.h"
#include "temporal/worker.h"

namespace sluice::temporal {

/// The core's worker with its callbacks turned into blocking calls. Serialised messages in and out.
/// Threads: each poll from one thread at a time; the rest from any.
class CoreWorker {
 public:
  static Result<std::unique_ptr<CoreWorker>> create(std::shared_ptr<ConnectionHandle> connection,
                                                    const std::string& namespace_name,
                                                    const WorkerOptions& options, bool workflows,
                                                    bool activities);
  /// Of one history (serialised), without a server.
  static Result<std::unique_ptr<CoreWorker>> create_replayer(
      const std::shared_ptr<RuntimeCore>& core, const WorkerOptions& options,
      const std::string& workflow_id, const std::string& history);
  CoreWorker(std::shared_ptr<RuntimeCore> core, std::shared_ptr<ConnectionHandle> owner,
             TemporalCoreWorker* raw);
  CoreWorker(const CoreWorker&) = delete;
  CoreWorker& operator=(const CoreWorker&) = delete;
  /// After finalize().
  ~CoreWorker();

  Polled poll_workflow();
  Polled poll_activity();
  /// Hand over and return; what goes wrong is logged.
  void complete_workflow(std::string completion);
  void complete_activity(std::string completion);
  void record_heartbeat(const std::string& heartbeat);

  void initiate_shutdown();
  /// When both polls have said shutdown: waits for completions on their way, then gives the core's
  /// worker back.
  void finalize();

 private:
  using Complete = void (*)(TemporalCoreWorker*, TemporalCoreByteArrayRef, void*,
                            TemporalCoreWorkerCallback);
  using Poll = void (*)(TemporalCoreWorker*, void*, TemporalCoreWorkerPollCallback);
  struct InFlight {
    std::mutex mutex;
    std::condition_variable none;
    int count = 0;
  };
  struct Completion;
  struct Options;
  static void on_completed(void* user_data, const TemporalCoreByteArray* failure);
  Polled poll(Poll function);
  void complete(Complete function, std::string bytes, const char* what);

  std::shared_ptr<RuntimeCore> core_;
  std::shared_ptr<ConnectionHandle> owner_;  ///< Of the worker; none for a replayer.
  TemporalCoreWorker* raw_;
  TemporalCoreWorkerReplayPusher* pusher_ = nullptr;  ///< Of a replayer.
  std::shared_ptr<InFlight> in_flight_ = std::make_shared<InFlight>();
};

}  // namespace sluice::temporal
