#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "temporal/failure.h"
#include "temporal/payload_codec.h"
#include "temporal/schedule.h"
#include "temporal/workflow_options.h"

namespace sluice::temporal {

class Runtime;
class Connection;

/// PEM texts, each of which may be empty: the system's certificate authorities, no certificate of
/// our own.
struct TlsOptions {
  std::string server_root_ca = {};
  std::string server_name = {};  ///< To check the certificate against, where not the target's host.
  std::string client_certificate = {};
  std::string client_key = {};
};

struct ClientOptions {
  std::string target = "127.0.0.1:7233";  ///< host:port.
  std::string namespace_name = "default";
  std::optional<TlsOptions> tls = std::nullopt;  ///< None: plain text.
  std::string api_key = {};                      ///< Sent as bearer token; a secret.
  /// For all that this client and its workers send and get; none: plain JSON.
  std::shared_ptr<const PayloadCodec> codec = nullptr;
  std::string identity = {};  ///< As shown in histories; empty means pid@host.
  /// A server that does not answer must be told apart from a slow one before a person loses
  /// patience.
  std::chrono::milliseconds connect_timeout{2'500};
  std::chrono::milliseconds call_timeout{10'000};
};

/// How a workflow is started. All inputs are JSON text; empty means that no argument is sent.
struct StartOptions {
  std::string workflow_id = {};
  std::string workflow_type = {};
  std::string task_queue = {};
  std::string input = {};
  JsonByName memo = {};
  JsonByName search_attributes = {};  ///< Registered beforehand.
  IdReusePolicy id_reuse = IdReusePolicy::allow_duplicate;
  IdConflictPolicy id_conflict = IdConflictPolicy::use_existing;
  WorkflowTimeouts timeouts = {};
  std::optional<RetryPolicy> retry = std::nullopt;  ///< Of the whole workflow.
  std::string cron_schedule = {};
  std::chrono::milliseconds start_delay{0};
};

/// A workflow by its id; an empty run id means the latest run.
struct WorkflowRef {
  std::string workflow_id;
  std::string run_id;
  WorkflowRef(std::string id, std::string run = {})  // NOLINT: an id is a workflow's name
      : workflow_id(std::move(id)), run_id(std::move(run)) {}
  WorkflowRef(const char* id) : workflow_id(id) {}  // NOLINT: the same
};

struct SignalWithStartOptions {
  StartOptions start = {};
  std::string signal_name = {};
  std::string signal_input = {};
};

enum class WorkflowStatus {
  running,
  completed,
  failed,
  cancelled,
  terminated,
  continued_as_new,
  timed_out,
  unknown
};
std::string_view name_of(WorkflowStatus status);

struct PendingActivity {
  std::string id;
  std::string type;
  std::int32_t attempt = 0;
  bool started = false;  ///< A worker has it; else it waits for one, or for its pause.
  std::optional<Micros> next_attempt_at_us;  ///< When the pause between attempts ends.
  std::optional<Failure> last_failure;
};

struct WorkflowDescription {
  std::string workflow_id = {};
  std::string run_id;
  std::string workflow_type = {};
  std::string task_queue = {};
  WorkflowStatus status = WorkflowStatus::unknown;
  std::int64_t history_length = 0;
  Micros started_at_us = 0;
  std::optional<Micros> closed_at_us;
  JsonByName memo;
  JsonByName search_attributes;
  std::vector<PendingActivity> pending_activities;  ///< Empty in the answer of list().
};

/// How a workflow ended.
struct WorkflowOutcome {
  WorkflowStatus status = WorkflowStatus::unknown;
  std::string result;              ///< JSON, where completed.
  std::optional<Failure> failure;  ///< Where failed, timed out, cancelled or terminated.
};

using UpdateOutcome = tl::expected<std::string, Failure>;

/// An update that a worker has taken or refused.
struct UpdateRef {
  WorkflowRef workflow;
  std::string update_id;
  std::optional<UpdateOutcome> outcome = std::nullopt;  ///< Where it came with the first answer.
};

struct Poller {
  std::string identity;
  Micros last_access_us = 0;
};

/// Who has asked a queue for work in about the last five minutes; a dead worker stays listed for
/// that long.
struct TaskQueueDescription {
  std::vector<Poller> workflow_pollers;
  std::vector<Poller> activity_pollers;
};

enum class SearchAttributeType { text, keyword, integer, real, boolean, datetime, keyword_list };

/// Calls to a Temporal server. Each call blocks at most `call_timeout` and never runs on the io
/// threads. Errors: `unavailable` where the server cannot be reached, `deadline_exceeded`,
/// `not_found`, `conflict`
/// (`workflow_already_running`), `invalid_argument` as the server judged. Threads: safe for
/// concurrent use.
class Client {
 public:
  /// Answers `unavailable` within `connect_timeout` where the server is down.
  static Result<std::unique_ptr<Client>> connect(const Runtime& runtime, ClientOptions options);
  /// Connects at the first call, and at each later one until it has worked once. Fails never.
  static std::unique_ptr<Client> connect_lazily(const Runtime& runtime, ClientOptions options);
  explicit Client(std::shared_ptr<Connection> connection);
  ~Client();

  /// Delivers the signal to the running workflow of this id, starting it first where there is none.
  /// The run's id.
  Result<std::string> signal_with_start(const SignalWithStartOptions& options);
  /// The run's id.
  Result<std::string> start(const StartOptions& options);
  Result<void> signal(const WorkflowRef& workflow, const std::string& signal_name,
                      const std::string& input = {});
  /// Answers of open and of closed workflows alike; a worker must be there. JSON.
  Result<std::string> query(const WorkflowRef& workflow, const std::string& query_type,
                            const std::string& input = {});
  /// Waits until a worker has accepted or refused the update. The same `update_id` again is the
  /// same update; empty means a new one.
  Result<UpdateRef> start_update(const WorkflowRef& workflow, const std::string& update_name,
                                 const std::string& input, std::chrono::milliseconds timeout,
                                 std::string update_id = {});
  /// Waits for the handler's end: its answer as JSON, or its failure, which may also be the
  /// validator's.
  Result<UpdateOutcome> update_result(const UpdateRef& update, std::chrono::milliseconds timeout);
  /// Both, `timeout` each.
  Result<UpdateOutcome> update(const WorkflowRef& workflow, const std::string& update_name,
                               const std::string& input, std::chrono::milliseconds timeout);
  Result<void> cancel(const WorkflowRef& workflow, const std::string& reason = {});
  Result<void> terminate(const WorkflowRef& workflow, const std::string& reason = {});
  Result<WorkflowDescription> describe(const WorkflowRef& workflow);
  /// Waits for the end, following continue-as-new. Not bounded by call_timeout.
  Result<WorkflowOutcome> result(const WorkflowRef& workflow, std::chrono::milliseconds timeout);
  /// All events so far, as Temporal's command line writes them: what Replayer takes.
  Result<std::string> history_json(const WorkflowRef& workflow);
  /// Visibility is eventually consistent: what was just started may be missing for a second.
  Result<std::vector<WorkflowDescription>> list(const std::string& visibility_query,
                                                std::size_t limit = 1'000);
  Result<std::int64_t> count(const std::string& visibility_query);

  /// `conflict`, `temporal_already_exists`, where there is one of this id.
  Result<void> create_schedule(const std::string& schedule_id, const Schedule& schedule);
  /// Replaces all of it, and the times of its past runs stay.
  Result<void> update_schedule(const std::string& schedule_id, const Schedule& schedule);
  Result<ScheduleDescription> describe_schedule(const std::string& schedule_id);
  /// Eventually consistent, like list().
  Result<std::vector<std::string>> list_schedules(std::size_t limit = 1'000);
  Result<void> pause_schedule(const std::string& schedule_id, const std::string& note = {});
  Result<void> unpause_schedule(const std::string& schedule_id, const std::string& note = {});
  /// Runs its action now, besides its times.
  Result<void> trigger_schedule(const std::string& schedule_id);
  Result<void> delete_schedule(const std::string& schedule_id);

  /// Ok where the server answers and the namespace is there; `not_found` names a missing one.
  Result<void> check_health();
  /// Creates the namespace where it is missing; it may take seconds until all parts of the server
  /// see it.
  Result<void> ensure_namespace(std::chrono::hours retention = std::chrono::hours(72));
  /// Adds those that are missing; the same call again changes nothing.
  Result<void> register_search_attributes(
      const std::map<std::string, SearchAttributeType>& attributes);
  Result<TaskQueueDescription> describe_task_queue(const std::string& task_queue);

  const std::shared_ptr<Connection>& connection() const {
    return connection_;
  }  ///< For this room only.

 private:
  std::shared_ptr<Connection> connection_;
};

}  // namespace sluice::temporal
