// Runs a recorded history through today's code, without a server.
#include "temporal/replayer.h"

#include <google/protobuf/util/json_util.h>
#include <temporal/api/history/v1/message.pb.h>

#include <optional>

#include "temporal/core/core_worker.h"
#include "temporal/error_codes.h"
#include "temporal/runtime.h"
#include "temporal/workflow/workflow_runner.h"

namespace sluice::temporal {

namespace {

using Eviction = coresdk::workflow_activation::RemoveFromCache;

Result<void> verdict_of(const Eviction& eviction) {
  switch (eviction.reason()) {
    case Eviction::NONDETERMINISM:
      return fail(Errc::conflict, Code::nondeterminism, eviction.message(),
                  "Let runs of the old code end first, or part the ways with patched().");
    case Eviction::LANG_FAIL:
    case Eviction::FATAL:
    case Eviction::PAGINATION_OR_HISTORY_FETCH:
    case Eviction::TASK_NOT_FOUND:
      return fail(Errc::internal, Code::workflow_task, eviction.message(), "The log says more.");
    default:
      return {};  // It was replayed to its end.
  }
}

}  // namespace

Replayer::Replayer(const Runtime& runtime, std::shared_ptr<const PayloadCodec> codec)
    : runtime_(runtime), codec_(std::move(codec)) {}
Replayer::~Replayer() = default;

void Replayer::register_workflow(WorkflowDefinition definition) {
  std::string type = definition.type;
  definitions_.insert_or_assign(std::move(type), std::move(definition));
}

Result<void> Replayer::replay(const std::string& workflow_id, const std::string& history_json) {
  ::temporal::api::history::v1::History history;
  google::protobuf::util::JsonParseOptions lenient;
  lenient.ignore_unknown_fields = true;  // a newer server tells more
  const auto parsed = google::protobuf::util::JsonStringToMessage(history_json, &history, lenient);
  if (!parsed.ok() || history.events_size() == 0) {
    return fail(
        Errc::invalid_argument, Code::history_malformed,
        "The history of " + workflow_id + " cannot be read: " + std::string(parsed.message()));
  }
  WorkerOptions options;
  options.task_queue = "replay";
  TRY_ASSIGN(const std::unique_ptr<CoreWorker> core,
             CoreWorker::create_replayer(runtime_.core(), options, workflow_id,
                                         history.SerializeAsString()));
  WorkflowRunner runner(definitions_, codec_, options.task_queue, "replay");
  std::optional<Result<void>> verdict;
  runner.on_evicted([&](const Eviction& eviction) {
    if (!verdict) verdict = verdict_of(eviction);
    core->initiate_shutdown();
  });
  while (true) {
    const Polled polled = core->poll_workflow();
    if (polled.is_shutdown) break;
    if (polled.error.empty()) {
      core->complete_workflow(runner.handle(polled.bytes));
    } else if (!verdict) {
      verdict = fail(Errc::internal, Code::workflow_task, polled.error);
      core->initiate_shutdown();
    }
  }
  core->finalize();
  return verdict.value_or(fail(Errc::internal, Code::workflow_task, "The core replayed nothing."));
}

}  // namespace sluice::temporal
