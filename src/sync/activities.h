#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
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

// Failure types. `unreachable` is repeated by Temporal without end and consumes no attempt; the others come
// back to the workflow, and only `lakehouse` and `exception` may be tried again.
inline constexpr const char* failure_unreachable = "Unreachable";
inline constexpr const char* failure_lakehouse = "LakehouseError";
inline constexpr const char* failure_bad_data = "BadData";
inline constexpr const char* failure_needs_person = "NeedsPerson";
/// The Temporal layer's name for what an activity threw: a defect, of ours or of the input.
inline constexpr const char* failure_exception = "exception";

/// The steps of a sync as Temporal activities. Each may run twice or side by side with itself: it works on
/// (dataset, version, sha256) and converges. Threads: safe for concurrent use.
class Activities {
 public:
  /// All must outlive the worker that they are registered with.
  Activities(metadata::Store& store, mcp::Client& mcp, Metrics& metrics, const Clock& clock)
      : store_(store), mcp_(mcp), metrics_(metrics), clock_(clock) {}

  void register_with(temporal::Worker& worker);

 private:
  using Outcome = temporal::ActivityOutcome;
  struct Step;

  Outcome sync_to_bronze(temporal::ActivityContext& context, const Step& step);
  Outcome transform_to_silver(temporal::ActivityContext& context, const Step& step);
  Outcome update_dataset_metadata(temporal::ActivityContext& context, const Step& step);
  Outcome drop_lakehouse_tables(temporal::ActivityContext& context, const Step& step);

  /// Says `syncing`; a value where the step has nothing to do, which is then its outcome.
  std::optional<Outcome> begin(const Step& step);
  Result<void> note_silver(const Step& step, const boost::json::object& silver);
  Outcome call(temporal::ActivityContext& context, const Step& step, const std::string& tool,
               boost::json::object arguments);
  temporal::Failure failed_call(const Step& step, const Error& error, bool from_tool);
  /// What people read of the run, and what it cost; never in the way of the sync itself.
  void record_run(const temporal::ActivityContext& context, const Step& step,
                  metadata::SyncRun run);
  Outcome satisfied(const Step& step, const metadata::SyncRecord& sync);
  Outcome note_synced(temporal::ActivityContext& context, const Step& step);

  metadata::Store& store_;
  mcp::Client& mcp_;
  Metrics& metrics_;
  const Clock& clock_;
};

}  // namespace sluice::sync
