#pragma once

// Inside this room only.

#include <temporal/sdk/core/activity_task/activity_task.pb.h>
#include <temporal/sdk/core/core_interface.pb.h>

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "temporal/activity.h"
#include "temporal/core/core_worker.h"
#include "temporal/payload_codec.h"

namespace sluice::temporal {

/// A bounded pool of threads that runs activities and reports what they came to. The core hands out
/// no more tasks than there are slots, so the queue never grows beyond that.
class ActivityRunner {
 public:
  /// Both outlive the runner; the functions do not change while it lives. `codec` may be null.
  ActivityRunner(CoreWorker& core, const std::map<std::string, ActivityFunction>& functions,
                 std::shared_ptr<const PayloadCodec> codec, std::size_t slots);
  ActivityRunner(const ActivityRunner&) = delete;
  ActivityRunner& operator=(const ActivityRunner&) = delete;
  /// Waits for what runs; does not ask it to stop.
  ~ActivityRunner();

  /// On the polling thread only: queues what starts, hands on what is to be cancelled. Runs
  /// nothing.
  void handle(coresdk::activity_task::ActivityTask& task);
  /// From any thread, when there is no more time: asks all to stop, and does not wait. What ends as
  /// cancelled then is reported so that it is tried again at once. Each answer must reach the core
  /// before that is finalized, so that the runner goes first.
  void request_stop_of_all();

 private:
  class Running;
  void run_queue();
  void run(Running& running);
  void complete(coresdk::ActivityTaskCompletion& completion, const std::string& workflow_id);

  CoreWorker& core_;
  const std::map<std::string, ActivityFunction>& functions_;
  const std::shared_ptr<const PayloadCodec> codec_;
  std::mutex mutex_;  ///< Guards `queue_`, `running_` and `is_closing_`.
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Running>> queue_;
  std::map<std::string, std::shared_ptr<Running>>
      running_;  ///< By task token, queued ones included.
  bool is_closing_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace sluice::temporal
