#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "mcp/client.h"
#include "metadata/store.h"
#include "sync/activity_types.h"
#include "sync/metrics.h"
#include "temporal/worker.h"

namespace sluice::sync {

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
  struct Step;
  /// How a step ended whose answer is no more than that.
  using Ended = temporal::Typed<StepState>;
  template <typename T>
  using Typed = temporal::Typed<T>;

  Typed<BeginResult> begin_sync(temporal::ActivityContext& context, const Step& step);
  Typed<BronzeResult> sync_to_bronze(temporal::ActivityContext& context, const Step& step);
  Typed<SilverResult> transform_to_silver(temporal::ActivityContext& context, const Step& step);
  Typed<StepEnd> update_dataset_metadata(temporal::ActivityContext& context, const Step& step,
                                         const NoteInput& note);
  Typed<DropResult> drop_lakehouse_tables(temporal::ActivityContext& context, const Step& step);

  /// The activity of a type: `run`, once the want is proven. It is given the input itself, too,
  /// where it takes more of that than the step.
  template <typename Input, typename Output, typename... Given>
  temporal::ActivityFunction proven(SyncActivity<Input, Output> type,
                                    Typed<Output> (Activities::*run)(temporal::ActivityContext&,
                                                                     const Step&, const Given&...));
  /// A value where the want is not to be obeyed, which is then how the step ends.
  std::optional<Ended> prove(const temporal::ActivityContext& context, Step& step);
  /// The same, and the run of a want that is void by now has ended.
  std::optional<Ended> prove_or_end(const temporal::ActivityContext& context, Step& step);
  /// A value where the want needs no work: how it ends then.
  std::optional<Ended> ended_already(const Step& step);
  /// Says `syncing`; a value where the step has nothing to do, which is then how it ends.
  std::optional<Ended> begin(const Step& step);
  Result<void> note_silver(const Step& step, const lakehouse::SilverAnswer& made);
  /// Calls a tool. `done` with its answer, or how the step ends in its place.
  template <typename Answer>
  Typed<StepResult<Answer>> call(temporal::ActivityContext& context, const Step& step,
                                 const std::string& tool, const boost::json::object& arguments);
  tl::expected<mcp::ToolResult, Ended> call_untyped(temporal::ActivityContext& context,
                                                    const Step& step, const std::string& tool,
                                                    const boost::json::object& arguments);
  /// A value where the lakehouse refused the call as late, and the metadata say so, too.
  std::optional<Ended> late_call(const temporal::ActivityContext& context, const Step& step,
                                 const Error& error);
  /// The MCP server has said nothing for long, or something again: the status says so.
  void note_silence(const Step& step, bool is_silent);
  temporal::Failure failed_call(const Step& step, const Error& error, bool from_tool);
  /// What people read of the run, and what it cost; never in the way of the sync itself.
  void record_run(const Step& step, const metadata::SyncRun& run);
  Ended satisfied(const Step& step, const metadata::SyncRecord& sync);
  Ended note_synced(temporal::ActivityContext& context, const Step& step, const NoteInput& note);
  Ended note_failed(temporal::ActivityContext& context, const Step& step, const NoteInput& note);
  Ended note_waiting(temporal::ActivityContext& context, const Step& step, const NoteInput& note);
  /// What became of a mark, as the workflow is told; `done` where it was applied.
  Ended told(const Step& step, const Result<metadata::TransitionResult>& marked);
  /// The run of a want that is void by now ends as `superseded`, unless its end is recorded.
  Ended end_void(const Step& step, StepState state);

  metadata::Store& store_;
  mcp::Client& mcp_;
  Metrics& metrics_;
  const Clock& clock_;
  const RunBeganAt run_began_at_;
};

}  // namespace sluice::sync
