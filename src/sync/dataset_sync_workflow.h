#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sync/activity_types.h"
#include "sync/continuation.h"
#include "temporal/workflow.h"

namespace sluice::sync {

/// A run whose history has as many events hands over to a new one at the next good moment, or
/// earlier where the server suggests it. The server ends a run by force at 51,200.
inline constexpr std::uint32_t history_events_max = 1'024;

/// The state machine of a sync (docs/sync.md): drains wants, newest first, until none is left.
///
/// Activities are repeated by Temporal without end while a part of ours cannot be reached or died.
/// A failure that comes back here is the lakehouse's: it consumes an attempt, and the pause to the
/// next is a durable timer that a newer want ends early. When the attempts are used up, one that
/// may pass is tried on at a slow rate (docs/decisions/0013).
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
  /// What an attempt came to, where the lakehouse has not failed.
  enum class End { synced, superseded, overtaken, gone, refused };
  static End end_of(StepState state);
  static const char* status_of(End end);

  temporal::Task<void> carry(temporal::WorkflowContext& ctx);
  temporal::Task<temporal::Typed<End>> attempt(temporal::WorkflowContext& ctx);
  /// Until the lakehouse takes it, with others that would wake it too, or a newer want comes.
  temporal::Task<temporal::Typed<BeginResult>> wait_for_others(temporal::WorkflowContext& ctx);
  /// True: the time has come for the next attempt.
  temporal::Task<bool> pause(temporal::WorkflowContext& ctx, temporal::Failure failure);
  temporal::Task<void> drop(temporal::WorkflowContext& ctx);
  temporal::Task<void> note_failed(temporal::WorkflowContext& ctx, temporal::Failure failure);
  /// A newer want is there: that of this one's run the end is recorded, which no step tells any
  /// more.
  temporal::Task<void> note_overtaken(temporal::WorkflowContext& ctx);
  bool tries_again(temporal::WorkflowContext& ctx, const temporal::Failure& failure) const;
  void say(temporal::WorkflowContext& ctx, const char* status);

  /// Goes on where the run before this one handed over.
  void take_over(temporal::WorkflowContext& ctx, const std::string& input_json);
  /// Throws where the history has become long: the run after this one goes on.
  void hand_over_if_long(temporal::WorkflowContext& ctx);

  /// The newest want, or one that was not sealed, becomes the one in hand. False: none is left.
  bool take_newest(temporal::WorkflowContext& ctx);
  static bool only_sealed(temporal::WorkflowContext& ctx);
  static bool tells_ends(temporal::WorkflowContext& ctx);
  /// Says once what came that is no want of this dataset.
  void ignore(temporal::WorkflowContext& ctx, const std::string& why);
  /// The want in hand was refused, for nobody asked for it: its order must not keep others out.
  void forget_order() { newest_order_ = order_before_; }

  std::optional<WantInHand> hand_;
  std::int64_t version_ = 0;            ///< Of the last want that ended.
  std::optional<WorkflowWant> next_;    ///< The newest that has come since.
  std::vector<WorkflowWant> unproven_;  ///< That came unsealed; taken when there is nothing else.
  std::int64_t newest_order_ = 0;       ///< Of all wants taken so far.
  std::int64_t order_before_ = 0;       ///< What it was before the want in hand.
  bool has_ignored_ = false;
  std::string step_ = "idle";  ///< For the progress query.
  bool retry_now_ = false;
  temporal::CancellationScope* carrying_ = nullptr;  ///< Of the sync in hand, while there is one.
};

}  // namespace sluice::sync
