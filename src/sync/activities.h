#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "lakehouse/contract/tool_calls.h"
#include "mcp/client.h"
#include "metadata/store.h"
#include "sync/metrics.h"
#include "sync/want.h"
#include "temporal/worker.h"

namespace sluice::sync {

inline constexpr const char* activity_bronze = "sync_to_bronze";
inline constexpr const char* activity_silver = "transform_to_silver";
inline constexpr const char* activity_metadata = "update_dataset_metadata";
inline constexpr const char* activity_drop = "drop_lakehouse_tables";

// Failure types. `unreachable` is repeated by Temporal without end and consumes no attempt; the
// others come back to the workflow, and only `lakehouse` and `exception` may be tried again.
inline constexpr const char* failure_unreachable = "Unreachable";
inline constexpr const char* failure_lakehouse = "LakehouseError";
inline constexpr const char* failure_bad_data = "BadData";
inline constexpr const char* failure_needs_person = "NeedsPerson";
/// The Temporal layer's name for what an activity threw: a defect, of ours or of the input.
inline constexpr const char* failure_exception = "exception";

/// The steps of a sync as Temporal activities. Each may run twice or side by side with itself: it
/// works on (dataset, version, sha256) and converges. None believes the want that it is given: who
/// can reach Temporal can send one, so each is proven against the metadata first, and one that
/// nobody asked for is `refused`: logged, and nothing done. Threads: safe for concurrent use.
class Activities {
 public:
  /// When a run of a workflow began, as the Temporal server says.
  using RunBeganAt =
      std::function<Result<Micros>(const std::string& workflow_id, const std::string& run_id)>;

  /// All must outlive the worker that they are registered with.
  Activities(metadata::Store& store, mcp::Client& mcp, Metrics& metrics, const Clock& clock,
             RunBeganAt run_began_at)
      : store_(store),
        mcp_(mcp),
        metrics_(metrics),
        clock_(clock),
        run_began_at_(std::move(run_began_at)) {}

  void register_with(temporal::Worker& worker);
  /// The activities by their types, as they are registered.
  std::map<std::string, temporal::ActivityFunction> functions();

 private:
  using Outcome = temporal::ActivityOutcome;
  struct Step;

  Outcome sync_to_bronze(temporal::ActivityContext& context, const Step& step);
  Outcome transform_to_silver(temporal::ActivityContext& context, const Step& step);
  Outcome update_dataset_metadata(temporal::ActivityContext& context, const Step& step);
  Outcome drop_lakehouse_tables(temporal::ActivityContext& context, const Step& step);

  static Result<Step> read_step(const std::string& input, const std::string& run_id);
  /// A value where the want is not to be obeyed, which is then the step's outcome.
  std::optional<Outcome> prove(const temporal::ActivityContext& context, Step& step);
  /// The same, and the run of a want that is void by now has ended.
  std::optional<Outcome> prove_or_end(const temporal::ActivityContext& context, Step& step);
  /// Says `syncing`; a value where the step has nothing to do, which is then its outcome.
  std::optional<Outcome> begin(const Step& step);
  Result<void> note_silver(const Step& step, const lakehouse::SilverAnswer& made);
  Outcome call(temporal::ActivityContext& context, const Step& step, const std::string& tool,
               boost::json::object arguments);
  /// A value where the lakehouse refused the call as late, and the metadata say so, too.
  std::optional<Outcome> late_call(const temporal::ActivityContext& context, const Step& step,
                                   const Error& error);
  /// The MCP server has said nothing for long, or something again: the status says so.
  void note_silence(const Step& step, bool is_silent);
  temporal::Failure failed_call(const Step& step, const Error& error, bool from_tool);
  /// What people read of the run, and what it cost; never in the way of the sync itself.
  void record_run(const Step& step, const metadata::SyncRun& run);
  Outcome satisfied(const Step& step, const metadata::SyncRecord& sync);
  Outcome note_synced(temporal::ActivityContext& context, const Step& step);
  Outcome note_failed(temporal::ActivityContext& context, const Step& step);
  Outcome note_waiting(temporal::ActivityContext& context, const Step& step);
  /// What became of a mark, as the workflow is told; `done` where it was applied.
  Outcome told(const Step& step, const Result<metadata::TransitionResult>& marked);
  /// The run of a want that is void by now ends as `superseded`, unless its end is recorded.
  Outcome end_void(const Step& step, const char* state);

  metadata::Store& store_;
  mcp::Client& mcp_;
  Metrics& metrics_;
  const Clock& clock_;
  const RunBeganAt run_began_at_;
};

}  // namespace sluice::sync
