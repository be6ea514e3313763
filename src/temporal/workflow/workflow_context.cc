// What workflow code calls. Runs on the worker's one workflow thread and must stay
// deterministic: commands in the order of the code, no clock, no I/O.
#include "temporal/workflow_context.h"

#include <array>
#include <cstdio>

#include "temporal/workflow/workflow_instance.h"
#include "temporal/workflow/workflow_messages.h"

namespace sluice::temporal {

using std::chrono::milliseconds;

WorkflowContext::WorkflowContext(WorkflowInstance& instance, std::shared_ptr<ScopeNode> scope)
    : instance_(instance), scope_(std::move(scope)) {}
WorkflowContext::~WorkflowContext() = default;

Future<ActivityOutcome> WorkflowContext::execute_activity(std::string type, std::string input_json,
                                                          const ActivityOptions& options) {
  WorkflowInstance& run = instance_;
  auto& command = *run.add_command().mutable_schedule_activity();
  const std::uint32_t seq = run.next_seq_++;
  command.set_seq(seq);
  command.set_activity_id(std::to_string(seq));
  command.set_activity_type(std::move(type));
  command.set_task_queue(options.task_queue.empty() ? run.info_.task_queue : options.task_queue);
  if (!input_json.empty()) set_payload(*command.add_arguments(), std::move(input_json));
  set_options(command, options);
  auto state = std::make_shared<Future<ActivityOutcome>::State>();
  run.activities_.emplace(seq, WorkflowInstance::PendingActivity{state, scope_});
  return Future<ActivityOutcome>(std::move(state));
}

Future<ActivityOutcome> WorkflowContext::execute_local_activity(
    std::string type, std::string input_json, const LocalActivityOptions& options) {
  commands::ScheduleLocalActivity message;
  message.set_activity_type(std::move(type));
  message.set_attempt(1);
  if (!input_json.empty()) set_payload(*message.add_arguments(), std::move(input_json));
  set_options(message, options);
  auto state = std::make_shared<Future<ActivityOutcome>::State>();
  instance_.schedule_local(std::move(message), state, scope_);
  return Future<ActivityOutcome>(std::move(state));
}

ChildWorkflow WorkflowContext::start_child_workflow(std::string type, std::string input_json,
                                                    const ChildWorkflowOptions& options) {
  WorkflowInstance& run = instance_;
  const std::string id = options.workflow_id.empty() ? random_uuid() : options.workflow_id;
  auto& command = *run.add_command().mutable_start_child_workflow_execution();
  const std::uint32_t seq = run.next_seq_++;
  command.set_seq(seq);
  command.set_namespace_(run.info_.namespace_name);
  command.set_workflow_id(id);
  command.set_workflow_type(std::move(type));
  command.set_task_queue(options.task_queue.empty() ? run.info_.task_queue : options.task_queue);
  if (!input_json.empty()) set_payload(*command.add_input(), std::move(input_json));
  set_options(command, options);
  auto started = std::make_shared<Future<ChildOutcome>::State>();
  auto result = std::make_shared<Future<ChildOutcome>::State>();
  run.children_.emplace(seq, WorkflowInstance::PendingChild{started, result, scope_});
  return {id, Future<ChildOutcome>(std::move(started)), Future<ChildOutcome>(std::move(result))};
}

Future<tl::expected<void, Failure>> WorkflowContext::signal_external_workflow(
    const std::string& workflow_id, const std::string& run_id, const std::string& signal_name,
    std::string input_json) {
  WorkflowInstance& run = instance_;
  auto& command = *run.add_command().mutable_signal_external_workflow_execution();
  const std::uint32_t seq = run.next_seq_++;
  command.set_seq(seq);
  command.mutable_workflow_execution()->set_namespace_(run.info_.namespace_name);
  command.mutable_workflow_execution()->set_workflow_id(workflow_id);
  command.mutable_workflow_execution()->set_run_id(run_id);
  command.set_signal_name(signal_name);
  if (!input_json.empty()) set_payload(*command.add_args(), std::move(input_json));
  auto state = std::make_shared<Future<tl::expected<void, Failure>>::State>();
  run.requests_.emplace(seq, WorkflowInstance::PendingRequest{state, scope_, true});
  return Future<tl::expected<void, Failure>>(std::move(state));
}

Future<tl::expected<void, Failure>> WorkflowContext::cancel_external_workflow(
    const std::string& workflow_id, const std::string& run_id, const std::string& reason) {
  WorkflowInstance& run = instance_;
  auto& command = *run.add_command().mutable_request_cancel_external_workflow_execution();
  const std::uint32_t seq = run.next_seq_++;
  command.set_seq(seq);
  command.mutable_workflow_execution()->set_namespace_(run.info_.namespace_name);
  command.mutable_workflow_execution()->set_workflow_id(workflow_id);
  command.mutable_workflow_execution()->set_run_id(run_id);
  command.set_reason(reason);
  auto state = std::make_shared<Future<tl::expected<void, Failure>>::State>();
  run.requests_.emplace(seq, WorkflowInstance::PendingRequest{state, scope_, false});
  return Future<tl::expected<void, Failure>>(std::move(state));
}

Future<bool> WorkflowContext::sleep(milliseconds duration) {
  auto state = std::make_shared<Future<bool>::State>();
  WorkflowInstance& run = instance_;
  run.start_timer(duration, scope_, [&run, state](bool fired) { run.resolve(state, fired); });
  return Future<bool>(std::move(state));
}

Future<WaitResult> WorkflowContext::wait_condition(std::function<bool()> predicate,
                                                   std::optional<milliseconds> timeout) {
  WorkflowInstance& run = instance_;
  auto state = std::make_shared<Future<WaitResult>::State>();
  if (predicate()) {
    state->value = WaitResult::met;
    return Future<WaitResult>(std::move(state));
  }
  WorkflowInstance::Condition condition{std::move(predicate), state, scope_, 0};
  if (timeout) {
    condition.timer_seq = run.start_timer(*timeout, scope_, [&run, state](bool fired) {
      if (!fired) return;  // cancelled because the condition was met, or with the whole scope
      auto& waiting = run.conditions_;
      for (auto it = waiting.begin(); it != waiting.end(); ++it) {
        if (it->state != state) continue;
        const bool met = it->predicate();  // a signal of the same activation may just have met it
        waiting.erase(it);
        return run.resolve(state, met ? WaitResult::met : WaitResult::timed_out);
      }
    });
  }
  run.conditions_.push_back(std::move(condition));
  return Future<WaitResult>(std::move(state));
}

void WorkflowContext::adopt(Task<void> task) { instance_.adopt(std::move(task)); }
void WorkflowContext::wake(std::coroutine_handle<> waiter) { instance_.wake(waiter); }

CancellationScope WorkflowContext::new_scope() {
  return {instance_, std::make_shared<ScopeNode>(ScopeNode{scope_})};
}

CancellationScope WorkflowContext::new_detached_scope() {
  return {instance_, std::make_shared<ScopeNode>()};
}

CancellationScope::CancellationScope(WorkflowInstance& instance, std::shared_ptr<ScopeNode> node)
    : instance_(instance), node_(std::move(node)), context_(instance, node_) {}

void CancellationScope::cancel() { instance_.cancel(node_); }

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

bool WorkflowContext::patched(const std::string& id) {
  WorkflowInstance& run = instance_;
  const auto asked = run.patches_.find(id);
  if (asked != run.patches_.end()) return asked->second;  // one run takes one way
  const bool taken = !run.is_replaying_ || run.known_patches_.contains(id);
  run.patches_[id] = taken;
  if (taken) run.add_command().mutable_set_patch_marker()->set_patch_id(id);
  return taken;
}

void WorkflowContext::deprecate_patch(const std::string& id) {
  if (!instance_.patches_.emplace(id, true).second) return;
  auto& marker = *instance_.add_command().mutable_set_patch_marker();
  marker.set_patch_id(id);
  marker.set_deprecated(true);
}

bool WorkflowContext::is_cancelled() const {
  for (const ScopeNode* node = scope_.get(); node != nullptr; node = node->parent.get()) {
    if (node->is_cancelled) return true;
  }
  return false;
}

bool WorkflowContext::is_replaying() const { return instance_.is_replaying_; }
const WorkflowInfo& WorkflowContext::info() const { return instance_.info_; }
std::uint32_t WorkflowContext::history_length() const { return instance_.history_length_; }
bool WorkflowContext::continue_as_new_suggested() const {
  return instance_.continue_as_new_suggested_;
}
bool WorkflowContext::all_handlers_finished() const { return instance_.handlers_running_ == 0; }

void WorkflowContext::upsert_search_attributes(const JsonByName& json_by_name) {
  auto& command = *instance_.add_command().mutable_upsert_workflow_search_attributes();
  set_fields(*command.mutable_search_attributes()->mutable_indexed_fields(), json_by_name);
  for (const auto& [name, json] : json_by_name) {
    instance_.info_.search_attributes.insert_or_assign(name, json);
  }
}

void WorkflowContext::upsert_memo(const JsonByName& json_by_name) {
  auto& command = *instance_.add_command().mutable_modify_workflow_properties();
  set_fields(*command.mutable_upserted_memo()->mutable_fields(), json_by_name);
  for (const auto& [name, json] : json_by_name) {
    instance_.info_.memo.insert_or_assign(name, json);
  }
}

}  // namespace sluice::temporal
