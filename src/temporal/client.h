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

namespace sluice::temporal {

class Runtime;
class Connection;

struct ClientOptions {
  std::string target = "127.0.0.1:7233";  ///< host:port; plain text, no TLS.
  std::string namespace_name = "default";
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
  std::map<std::string, std::string> memo = {};  ///< Name → JSON.
  std::map<std::string, std::string> search_attributes =
      {};  ///< Name → JSON; registered beforehand.
  bool use_existing =
      true;  ///< A running workflow of this id is used; else `conflict` is answered.
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
  std::vector<PendingActivity> pending_activities;  ///< Empty in the answer of list().
};

/// How a workflow ended.
struct WorkflowOutcome {
  WorkflowStatus status = WorkflowStatus::unknown;
  std::string result;              ///< JSON, where completed.
  std::optional<Failure> failure;  ///< Where failed, timed out, cancelled or terminated.
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
  Result<void> signal(const std::string& workflow_id, const std::string& signal_name,
                      const std::string& input = {});
  /// Answers of open and of closed workflows alike; a worker must be there. JSON.
  Result<std::string> query(const std::string& workflow_id, const std::string& query_type,
                            const std::string& input = {});
  Result<void> cancel(const std::string& workflow_id, const std::string& reason = {});
  Result<void> terminate(const std::string& workflow_id, const std::string& reason = {});
  Result<WorkflowDescription> describe(const std::string& workflow_id);
  /// Waits for the end of the latest run, following continue-as-new. Not bounded by call_timeout.
  Result<WorkflowOutcome> result(const std::string& workflow_id, std::chrono::milliseconds timeout);
  /// Visibility is eventually consistent: what was just started may be missing for a second.
  Result<std::vector<WorkflowDescription>> list(const std::string& visibility_query,
                                                std::size_t limit = 1'000);

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
