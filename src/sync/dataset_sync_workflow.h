#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sync/want.h"
#include "temporal/workflow.h"

namespace sluice::sync {

/// The state machine of a sync (docs/sync.md): drains wants, newest first, until none is left.
///
/// Activities are repeated by Temporal without end while a part of ours cannot be reached or died.
/// A failure that comes back here is the lakehouse's: it consumes an attempt, and the pause to the
/// next is a durable timer that a newer want ends early.
///
/// Whoever reaches the Temporal server can signal. So only wants that were sealed with our key are
/// taken as they come; others, of which only some are old ones of ours, must wait, keep no other
/// out, and are then judged by the activity. What cannot be read is ignored and logged once.
class DatasetSyncWorkflow final : public temporal::Workflow {
 public:
  static temporal::WorkflowDefinition definition();

  temporal::Task<std::string> run(temporal::WorkflowContext& ctx, std::string input_json) override;
  void on_want(temporal::WorkflowContext& ctx, const std::string& text);
  void on_retry(temporal::WorkflowContext& ctx, const std::string& json);
  void on_cancel(temporal::WorkflowContext& ctx, const std::string& json);
  std::string progress(const std::string& json) const;

 private:
  temporal::Task<bool> carry(temporal::WorkflowContext& ctx, WorkflowWant want);
  temporal::Task<std::optional<temporal::Failure>> attempt(temporal::WorkflowContext& ctx,
                                                           WorkflowWant want, std::int64_t attempts,
                                                           Micros started_at_us);
  temporal::Task<bool> pause(temporal::WorkflowContext& ctx, WorkflowWant want,
                             std::int64_t attempts, temporal::Failure failure);
  temporal::Task<bool> drop(temporal::WorkflowContext& ctx, WorkflowWant want);
  temporal::Task<bool> note_failed(temporal::WorkflowContext& ctx, WorkflowWant want,
                                   temporal::Failure failure);
  void say(temporal::WorkflowContext& ctx, const WorkflowWant& want, const char* status);
  std::optional<WorkflowWant> take_newest();
  static bool only_sealed(temporal::WorkflowContext& ctx);
  /// Says once what came that is no want of this dataset.
  void ignore(temporal::WorkflowContext& ctx, const std::string& why);
  /// The want in hand was refused, for nobody asked for it: its order must not keep others out.
  void forget_order() { newest_order_ = order_before_; }

  std::vector<WorkflowWant> wants_;
  std::vector<WorkflowWant> unproven_;  ///< That came unsealed; taken when there is nothing else.
  std::int64_t newest_order_ = 0;       ///< Of all wants taken so far.
  std::int64_t order_before_ = 0;       ///< What it was before the want in hand.
  bool has_ignored_ = false;
  std::string step_ = "idle";  ///< For the progress query.
  std::int64_t version_ = 0;
  std::int64_t attempts_ = 0;
  bool retry_now_ = false;
  temporal::CancellationScope* carrying_ = nullptr;  ///< Of the sync in hand, while there is one.
};

}  // namespace sluice::sync
