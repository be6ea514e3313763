#include "temporal/core/core_worker.h"

#include <algorithm>

#include "base/log.h"
#include "temporal/error_codes.h"

namespace sluice::temporal {

namespace {

/// The core wants two where it caches workflows: one for the sticky queue, one for the common one.
constexpr std::size_t workflow_pollers_min = 2;
/// As the core's own default: so many activities of a workflow task come back with its answer,
/// where slots are free, without a poll.
constexpr std::uint32_t eager_activities_max = 3;
/// Names our code's version in histories; versioned deployments are not used.
constexpr const char* build_id = "sluice";

TemporalCoreSlotSupplier fixed_slots(std::size_t count) {
  TemporalCoreSlotSupplier supplier{};
  supplier.tag = TemporalCoreSlotSupplier_FixedSize;
  supplier.fixed_size.num_slots = count;
  return supplier;
}

void on_polled(void* user_data, const TemporalCoreByteArray* success,
               const TemporalCoreByteArray* failure) {
  auto context = take_from_core<CallbackContext<Polled>>(user_data);
  Polled polled;
  polled.is_shutdown = success == nullptr && failure == nullptr;
  polled.bytes = context->core->take(success);
  polled.error = context->core->take(failure);
  CallbackContext<Polled>::fulfil(std::move(context), std::move(polled));
}

void on_finalized(void* user_data, const TemporalCoreByteArray* failure) {
  auto context = take_from_core<CallbackContext<std::string>>(user_data);
  std::string error = context->core->take(failure);
  CallbackContext<std::string>::fulfil(std::move(context), std::move(error));
}

}  // namespace

struct CoreWorker::Completion {
  std::shared_ptr<RuntimeCore> core;
  std::shared_ptr<InFlight> in_flight;
  std::string bytes;
  const char* what;
};

struct CoreWorker::Options {
  TemporalCorePollerBehaviorSimpleMaximum workflow_maximum{};
  TemporalCorePollerBehaviorSimpleMaximum activity_maximum{};
  TemporalCorePollerBehaviorSimpleMaximum nexus_maximum{1};
  TemporalCoreWorkerOptions core{};

  /// Points into itself, `namespace_name` and `options`.
  void fill(const std::string& namespace_name, const WorkerOptions& options, bool workflows,
            bool activities);
};

void CoreWorker::Options::fill(const std::string& namespace_name, const WorkerOptions& options,
                               bool workflows, bool activities) {
  TemporalCoreWorkerOptions& core_options = core;
  core_options.namespace_ = bytes_of(namespace_name);
  core_options.task_queue = bytes_of(options.task_queue);
  core_options.versioning_strategy.tag = TemporalCoreWorkerVersioningStrategy_None;
  core_options.versioning_strategy.none.build_id = bytes_of(build_id);
  core_options.identity_override = bytes_of(options.identity);
  core_options.max_cached_workflows = options.max_cached_workflows;
  core_options.tuner.workflow_slot_supplier =
      fixed_slots(std::max(options.workflow_slots, workflow_pollers_min));
  core_options.tuner.activity_slot_supplier =
      fixed_slots(std::max<std::size_t>(options.activity_slots, 1));
  core_options.tuner.local_activity_slot_supplier =
      fixed_slots(std::max<std::size_t>(options.local_activity_slots, 1));
  core_options.tuner.nexus_task_slot_supplier = fixed_slots(1);
  core_options.task_types.enable_workflows = workflows;
  core_options.task_types.enable_local_activities = workflows && activities;
  core_options.task_types.enable_remote_activities = activities;
  const auto millis = [](std::chrono::milliseconds duration) {
    return static_cast<std::uint64_t>(duration.count());
  };
  core_options.sticky_queue_schedule_to_start_timeout_millis = millis(options.sticky_timeout);
  core_options.max_heartbeat_throttle_interval_millis = millis(options.heartbeat_interval_max);
  core_options.default_heartbeat_throttle_interval_millis = millis(options.heartbeat_interval_max);
  core_options.graceful_shutdown_period_millis = millis(options.graceful_shutdown);
  workflow_maximum.simple_maximum = std::max(options.workflow_pollers, workflow_pollers_min);
  activity_maximum.simple_maximum = std::max<std::size_t>(options.activity_pollers, 1);
  core_options.nonsticky_to_sticky_poll_ratio = 0.2F;
  core_options.workflow_task_poller_behavior.simple_maximum = &workflow_maximum;
  core_options.activity_task_poller_behavior.simple_maximum = &activity_maximum;
  core_options.nexus_task_poller_behavior.simple_maximum = &nexus_maximum;
  core_options.nondeterminism_as_workflow_fail_for_types = {nullptr, 0};
  core_options.max_eager_activity_reservations_per_workflow_task = eager_activities_max;
  core_options.plugins = {nullptr, 0};
  core_options.storage_drivers = {nullptr, 0};
}

Result<std::unique_ptr<CoreWorker>> CoreWorker::create(std::shared_ptr<ConnectionHandle> connection,
                                                       const std::string& namespace_name,
                                                       const WorkerOptions& options, bool workflows,
                                                       bool activities) {
  Options made_of;
  made_of.fill(namespace_name, options, workflows, activities);
  const TemporalCoreWorkerOrFail made = temporal_core_worker_new(connection->raw, &made_of.core);
  if (made.worker == nullptr) {
    return fail(Errc::internal, Code::temporal_worker,
                "The worker of " + options.task_queue +
                    " could not be made: " + connection->core->take(made.fail));
  }
  std::shared_ptr<RuntimeCore> core = connection->core;
  return std::make_unique<CoreWorker>(std::move(core), std::move(connection), made.worker);
}

Result<std::unique_ptr<CoreWorker>> CoreWorker::create_replayer(
    const std::shared_ptr<RuntimeCore>& core, const WorkerOptions& options,
    const std::string& workflow_id, const std::string& history) {
  const std::string namespace_name = "replay";
  Options made_of;
  made_of.fill(namespace_name, options, true, false);
  const TemporalCoreWorkerReplayerOrFail made =
      temporal_core_worker_replayer_new(core->get(), &made_of.core);
  if (made.worker == nullptr) {
    return fail(Errc::internal, Code::temporal_worker,
                "The replayer could not be made: " + core->take(made.fail));
  }
  auto worker = std::make_unique<CoreWorker>(core, nullptr, made.worker);
  const TemporalCoreWorkerReplayPushResult pushed = temporal_core_worker_replay_push(
      made.worker, made.worker_replay_pusher, bytes_of(workflow_id), bytes_of(history));
  worker->pusher_ = made.worker_replay_pusher;  // the push goes on behind this call
  if (pushed.fail != nullptr) {
    return fail(Errc::invalid_argument, Code::history_malformed,
                "The history of " + workflow_id + " was refused: " + core->take(pushed.fail));
  }
  return worker;
}

CoreWorker::CoreWorker(std::shared_ptr<RuntimeCore> core, std::shared_ptr<ConnectionHandle> owner,
                       TemporalCoreWorker* raw)
    : core_(std::move(core)), owner_(std::move(owner)), raw_(raw) {}

CoreWorker::~CoreWorker() {
  if (pusher_ != nullptr) temporal_core_worker_replay_pusher_free(pusher_);
  temporal_core_worker_free(raw_);
}

Polled CoreWorker::poll(Poll function) {
  auto context = std::make_unique<CallbackContext<Polled>>();
  context->core = core_;
  std::future<Polled> answer = context->promise.get_future();
  function(raw_, hand_to_core(std::move(context)), &on_polled);
  return answer.get();
}

Polled CoreWorker::poll_workflow() { return poll(&temporal_core_worker_poll_workflow_activation); }
Polled CoreWorker::poll_activity() { return poll(&temporal_core_worker_poll_activity_task); }

void CoreWorker::on_completed(void* user_data, const TemporalCoreByteArray* failure) {
  is_core_thread = true;
  const auto completion = take_from_core<Completion>(user_data);
  const std::string error = completion->core->take(failure);
  if (!error.empty()) log::error(completion->what, {{"error", error}});
  completion->core.reset();
  const std::lock_guard lock(completion->in_flight->mutex);
  --completion->in_flight->count;
  completion->in_flight->none.notify_all();
}

void CoreWorker::complete(Complete function, std::string bytes, const char* what) {
  {
    const std::lock_guard lock(in_flight_->mutex);
    ++in_flight_->count;
  }
  auto completion =
      std::make_unique<Completion>(Completion{core_, in_flight_, std::move(bytes), what});
  const TemporalCoreByteArrayRef pinned = bytes_of(completion->bytes);
  function(raw_, pinned, hand_to_core(std::move(completion)), &on_completed);
}

void CoreWorker::complete_workflow(std::string completion) {
  complete(&temporal_core_worker_complete_workflow_activation, std::move(completion),
           "A workflow task could not be reported");
}

void CoreWorker::complete_activity(std::string completion) {
  complete(&temporal_core_worker_complete_activity_task, std::move(completion),
           "An activity's result could not be reported");
}

void CoreWorker::record_heartbeat(const std::string& heartbeat) {
  const std::string error =
      core_->take(temporal_core_worker_record_activity_heartbeat(raw_, bytes_of(heartbeat)));
  if (!error.empty()) log::warn("A heartbeat was not taken", {{"error", error}});
}

void CoreWorker::initiate_shutdown() { temporal_core_worker_initiate_shutdown(raw_); }

void CoreWorker::finalize() {
  {
    std::unique_lock lock(in_flight_->mutex);
    in_flight_->none.wait(lock, [this] { return in_flight_->count == 0; });
  }
  auto context = std::make_unique<CallbackContext<std::string>>();
  context->core = core_;
  std::future<std::string> answer = context->promise.get_future();
  temporal_core_worker_finalize_shutdown(raw_, hand_to_core(std::move(context)), &on_finalized);
  const std::string error = answer.get();
  if (!error.empty()) log::error("Temporal's worker did not end cleanly", {{"error", error}});
}

}  // namespace sluice::temporal
