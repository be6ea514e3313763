#include <array>
#include <cstdio>

#include "temporal/payload.h"
#include "temporal/workflow_instance.h"

namespace sluice::temporal {

using std::chrono::milliseconds;

Future<ActivityOutcome> WorkflowContext::execute_activity(std::string type, std::string input_json,
                                                          ActivityOptions options) {
  WorkflowInstance& run = instance_;
  auto state = std::make_shared<Future<ActivityOutcome>::State>();
  const std::uint32_t seq = run.next_seq_++;
  auto& command = *run.add_command().mutable_schedule_activity();
  command.set_seq(seq);
  command.set_activity_id(std::to_string(seq));
  command.set_activity_type(std::move(type));
  command.set_task_queue(options.task_queue.empty() ? run.info_.task_queue : options.task_queue);
  if (!input_json.empty()) set_payload(*command.add_arguments(), std::move(input_json));
  const milliseconds none = milliseconds::zero();
  if (options.schedule_to_close > none) {
    set_duration(*command.mutable_schedule_to_close_timeout(), options.schedule_to_close);
  }
  if (options.start_to_close > none) {
    set_duration(*command.mutable_start_to_close_timeout(), options.start_to_close);
  }
  if (options.heartbeat_timeout > none) {
    set_duration(*command.mutable_heartbeat_timeout(), options.heartbeat_timeout);
  }
  auto& retry = *command.mutable_retry_policy();
  set_duration(*retry.mutable_initial_interval(), options.retry.initial_interval);
  retry.set_backoff_coefficient(options.retry.backoff_coefficient);
  if (options.retry.maximum_interval > none) {
    set_duration(*retry.mutable_maximum_interval(), options.retry.maximum_interval);
  }
  retry.set_maximum_attempts(options.retry.maximum_attempts);
  for (const std::string& error_type : options.retry.non_retryable_error_types) {
    retry.add_non_retryable_error_types(error_type);
  }
  command.set_cancellation_type(options.wait_for_cancellation
                                    ? coresdk::workflow_commands::WAIT_CANCELLATION_COMPLETED
                                    : coresdk::workflow_commands::TRY_CANCEL);
  run.activities_.emplace(seq, state);
  return Future<ActivityOutcome>(std::move(state));
}

Future<bool> WorkflowContext::sleep(milliseconds duration) {
  auto state = std::make_shared<Future<bool>::State>();
  instance_.start_timer(duration,
                        [this, state](bool fired) { instance_.resolve<bool>(state, fired); });
  return Future<bool>(std::move(state));
}

Future<WaitResult> WorkflowContext::wait_condition(std::function<bool()> predicate,
                                                   std::optional<milliseconds> timeout) {
  auto state = std::make_shared<Future<WaitResult>::State>();
  if (predicate()) {
    state->value = WaitResult::met;
    return Future<WaitResult>(std::move(state));
  }
  WorkflowInstance::Condition condition{std::move(predicate), state, 0};
  if (timeout) {
    condition.timer_seq = instance_.start_timer(*timeout, [this, state](bool fired) {
      if (!fired) return;  // cancelled because the condition was met, or with the whole workflow
      auto& waiting = instance_.conditions_;
      for (auto it = waiting.begin(); it != waiting.end(); ++it) {
        if (it->state != state) continue;
        const bool met = it->predicate();  // a signal of the same activation may just have met it
        waiting.erase(it);
        return instance_.resolve<WaitResult>(state, met ? WaitResult::met : WaitResult::timed_out);
      }
    });
  }
  instance_.conditions_.push_back(std::move(condition));
  return Future<WaitResult>(std::move(state));
}

Micros WorkflowContext::now_us() const { return instance_.now_us_; }

std::uint64_t WorkflowContext::random_u64() { return instance_.random_(); }

std::string WorkflowContext::random_uuid() {
  // RFC 9562 version 4, from the run's own seed.
  const std::uint64_t high = (random_u64() & 0xffff'ffff'ffff'0fffULL) | 0x4000ULL;
  const std::uint64_t low = (random_u64() & 0x3fff'ffff'ffff'ffffULL) | 0x8000'0000'0000'0000ULL;
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%08x-%04x-%04x-%04x-%012llx",
                static_cast<unsigned>(high >> 32U), static_cast<unsigned>((high >> 16U) & 0xffffU),
                static_cast<unsigned>(high & 0xffffU), static_cast<unsigned>(low >> 48U),
                static_cast<unsigned long long>(low & 0xffff'ffff'ffffULL));
  return text.data();
}

bool WorkflowContext::is_cancelled() const { return instance_.is_cancelled_; }
bool WorkflowContext::is_replaying() const { return instance_.is_replaying_; }
const WorkflowInfo& WorkflowContext::info() const { return instance_.info_; }
std::uint32_t WorkflowContext::history_length() const { return instance_.history_length_; }
bool WorkflowContext::continue_as_new_suggested() const {
  return instance_.continue_as_new_suggested_;
}

void WorkflowContext::upsert_search_attributes(
    const std::map<std::string, std::string>& json_by_name) {
  auto& command = *instance_.add_command().mutable_upsert_workflow_search_attributes();
  for (const auto& [name, json] : json_by_name) {
    set_payload((*command.mutable_search_attributes()->mutable_indexed_fields())[name], json);
  }
}

}  // namespace sluice::temporal
