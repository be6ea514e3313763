#include "temporal/activity/activity_runner.h"

#include <atomic>
#include <exception>

#include "base/log.h"
#include "temporal/payload/payload.h"
#include "temporal/payload/payload_visitor.h"

namespace sluice::temporal {

namespace task_ns = coresdk::activity_task;

class ActivityRunner::Running final : public ActivityContext {
 public:
  Running(CoreWorker& core, const PayloadCodec* codec, const task_ns::ActivityTask& task)
      : core_(core), codec_(codec), token_(task.task_token()) {
    const task_ns::Start& start = task.start();
    info_.activity_id = start.activity_id();
    info_.activity_type = start.activity_type();
    info_.workflow_id = start.workflow_execution().workflow_id();
    info_.run_id = start.workflow_execution().run_id();
    info_.workflow_type = start.workflow_type();
    info_.attempt = start.attempt();
    info_.is_local = start.is_local();
    info_.heartbeat_timeout = duration_of(start.heartbeat_timeout());
    if (start.input_size() > 0) input_ = json_of(start.input(0));
    if (start.heartbeat_details_size() > 0) {
      heartbeat_details_ = json_of(start.heartbeat_details(0));
      last_details_ = *heartbeat_details_;
    }
  }

  const ActivityInfo& info() const override { return info_; }
  const std::optional<std::string>& heartbeat_details() const override {
    return heartbeat_details_;
  }
  std::stop_token stop_token() const override { return stop_.get_token(); }

  void heartbeat(const std::string& details_json) override {
    if (info_.is_local) return;  // the server knows nothing of it
    coresdk::ActivityHeartbeat message;
    message.set_task_token(token_);
    {
      // Each heartbeat replaces the details at the server, so one without any must carry the last
      // ones.
      const std::lock_guard lock(mutex_);
      if (!details_json.empty()) last_details_ = details_json;
      if (!last_details_.empty()) set_payload(*message.add_details(), last_details_);
    }
    encode_payloads(codec_, message, info_.workflow_id);
    core_.record_heartbeat(message.SerializeAsString());
  }

  void request_stop(bool by_workflow) {
    if (by_workflow) cancelled_by_workflow_ = true;
    stop_.request_stop();
  }
  bool is_cancelled_by_workflow() const { return cancelled_by_workflow_; }
  const std::string& token() const { return token_; }
  const std::string& input() const { return input_; }

 private:
  CoreWorker& core_;
  const PayloadCodec* codec_;
  std::string token_;
  ActivityInfo info_;
  std::string input_;
  std::optional<std::string> heartbeat_details_;
  std::stop_source stop_;
  std::atomic<bool> cancelled_by_workflow_ = false;
  std::mutex mutex_;
  std::string last_details_;
};

ActivityRunner::ActivityRunner(CoreWorker& core,
                               const std::map<std::string, ActivityFunction>& functions,
                               std::shared_ptr<const PayloadCodec> codec, std::size_t slots)
    : core_(core), functions_(functions), codec_(std::move(codec)) {
  for (std::size_t i = 0; i < slots; ++i) threads_.emplace_back([this] { run_queue(); });
}

ActivityRunner::~ActivityRunner() {
  {
    const std::lock_guard lock(mutex_);
    is_closing_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ActivityRunner::handle(task_ns::ActivityTask& task) {
  if (const Result<void> decoded = decode_payloads(codec_.get(), task, ""); !decoded) {
    coresdk::ActivityTaskCompletion refused;
    refused.set_task_token(task.task_token());
    set_failure(*refused.mutable_result()->mutable_failed()->mutable_failure(),
                Failure{.type = decoded.error().code, .message = decoded.error().detail});
    return complete(refused, task.start().workflow_execution().workflow_id());
  }
  const std::lock_guard lock(mutex_);
  if (task.has_start()) {
    auto running = std::make_shared<Running>(core_, codec_.get(), task);
    running_[task.task_token()] = running;
    queue_.push_back(std::move(running));
    changed_.notify_one();
  } else if (task.has_cancel()) {
    const auto found = running_.find(task.task_token());
    if (found == running_.end()) return;  // it has just ended
    found->second->request_stop(task.cancel().reason() == task_ns::CANCELLED);
  }
}

void ActivityRunner::request_stop_of_all() {
  const std::lock_guard lock(mutex_);
  for (const auto& [token, running] : running_) running->request_stop(false);
}

void ActivityRunner::run_queue() {
  while (true) {
    std::shared_ptr<Running> running;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return is_closing_ || !queue_.empty(); });
      if (queue_.empty()) return;
      running = std::move(queue_.front());
      queue_.pop_front();
    }
    try {
      run(*running);
    } catch (const std::exception& broken) {  // Unanswered it is given out again, by its deadline.
      log::error("An activity's answer broke", {{"activity", running->info().activity_type},
                                                {"workflow_id", running->info().workflow_id},
                                                {"error", broken.what()}});
    }
    const std::lock_guard lock(mutex_);
    running_.erase(running->token());
  }
}

void ActivityRunner::run(Running& running) {
  const std::string& type = running.info().activity_type;
  ActivityOutcome outcome;
  const auto function = functions_.find(type);
  if (function == functions_.end()) {
    outcome =
        fail_activity("activity_not_registered", "This worker knows no activity " + type + ".");
  } else {
    try {
      outcome = function->second(running, running.input());
    } catch (const std::exception& error) {
      outcome = fail_activity("exception", error.what());
    } catch (...) {
      outcome =
          fail_activity("exception", "The activity threw something that is no std::exception.");
    }
  }

  coresdk::ActivityTaskCompletion completion;
  completion.set_task_token(running.token());
  auto& result = *completion.mutable_result();
  if (outcome) {
    set_payload(*result.mutable_completed()->mutable_result(),
                outcome->empty() ? "null" : *outcome);
  } else if (outcome.error().kind == FailureKind::cancelled && running.is_cancelled_by_workflow()) {
    set_failure(*result.mutable_cancelled()->mutable_failure(), outcome.error());
  } else {
    Failure failure = outcome.error();
    if (failure.kind == FailureKind::cancelled) {
      // The server takes "cancelled" only where the workflow asked. This one was stopped by us, and
      // is to be tried again soon, by whichever worker is there.
      failure.kind = FailureKind::application;
      failure.type = "worker_shutdown";
      if (!failure.next_retry_delay) failure.next_retry_delay = std::chrono::milliseconds(200);
    }
    log::info("An activity failed", {{"activity", type},
                                     {"workflow_id", running.info().workflow_id},
                                     {"attempt", std::to_string(running.info().attempt)},
                                     {"type", failure.type},
                                     {"error", failure.message}});
    set_failure(*result.mutable_failed()->mutable_failure(), failure);
  }
  complete(completion, running.info().workflow_id);
}

void ActivityRunner::complete(coresdk::ActivityTaskCompletion& completion,
                              const std::string& workflow_id) {
  encode_payloads(codec_.get(), completion, workflow_id);
  core_.complete_activity(completion.SerializeAsString());
}

}  // namespace sluice::temporal
