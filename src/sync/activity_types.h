#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "base/clock.h"
#include "lakehouse/contract/tool_calls.h"
#include "sync/want.h"
#include "temporal/payload/received.h"
#include "temporal/typed.h"

// The activities of a sync: what each is given and what it answers. Both stand in histories, so
// names never change, new fields are optional, and so is what older versions did not write.

namespace sluice::sync {

// Failure types. `unreachable` is repeated by Temporal without end and consumes no attempt; the
// others come back to the workflow, and only `lakehouse` and `exception` may be tried again.
inline constexpr const char* failure_unreachable = "Unreachable";
inline constexpr const char* failure_lakehouse = "LakehouseError";
inline constexpr const char* failure_bad_data = "BadData";
inline constexpr const char* failure_needs_person = "NeedsPerson";
/// The Temporal layer's name for what an activity threw: a defect, of ours or of the input.
inline constexpr const char* failure_exception = "exception";

/// A failure's details.
struct FailureDetails {
  std::string error_class;  ///< Whose move it is: see error_class_of (tool_wire.h).
};

constexpr auto wire_fields(const FailureDetails*) {
  return std::tuple(
      wire::field("class", &FailureDetails::error_class, "transient, needs_you or bug."));
}

/// How a step ended that has not failed.
enum class StepState {
  done,
  satisfied,   ///< The tables hold this content already.
  superseded,  ///< A newer want counts, or this one's run has ended.
  gone,        ///< The dataset was deleted.
  refused,     ///< Nobody asked for it: nothing was done.
};

constexpr auto wire_names(const StepState*) {
  return std::array<std::pair<StepState, const char*>, 5>{{{StepState::done, "done"},
                                                           {StepState::satisfied, "satisfied"},
                                                           {StepState::superseded, "superseded"},
                                                           {StepState::gone, "gone"},
                                                           {StepState::refused, "refused"}}};
}

/// What a step answers that only notes something.
struct StepEnd {
  StepEnd(StepState how = StepState::done) : state(how) {}

  StepState state;
};

constexpr auto wire_fields(const StepEnd*) {
  return std::tuple(wire::field("state", &StepEnd::state, "How the step ended."));
}

/// What a step answers that calls a tool of the MCP server: `done` with the tool's answer beside
/// it, or any other state alone.
template <typename Answer>
struct StepResult {
  StepResult(StepState how = StepState::done) : state(how) {}
  StepResult(Answer answer) : made(std::move(answer)) {}

  std::optional<Answer> made;
  StepState state = StepState::done;
};

template <typename Answer>
constexpr auto wire_fields(const StepResult<Answer>*) {
  using T = StepResult<Answer>;
  return std::tuple(wire::embedded(&T::made),
                    wire::field("state", &T::state, "How the step ended."));
}

using BeginResult = StepResult<lakehouse::BeginAnswer>;
using BronzeResult = StepResult<lakehouse::BronzeAnswer>;
using SilverResult = StepResult<lakehouse::SilverAnswer>;
using DropResult = StepResult<lakehouse::DropAnswer>;

/// What every step is given.
struct StepInput {
  WorkflowWant want;
  std::int64_t attempts = 0;  ///< Used up before it.
  /// Of the workflow's run that took the want. Empty: of one from before runs handed over to
  /// others.
  std::string run_id = {};
};

constexpr auto wire_fields(const StepInput*) {
  using T = StepInput;
  return std::tuple(
      wire::field("want", &T::want, "What is wanted."),
      wire::field("attempts", &T::attempts, "Used up before."),
      wire::optional_field("run_id", &T::run_id, "Temporal's, of the run that took the want."));
}

/// What is noted of a sync.
enum class NoteOutcome { synced, failed, waiting, superseded };

constexpr auto wire_names(const NoteOutcome*) {
  return std::array<std::pair<NoteOutcome, const char*>, 4>{
      {{NoteOutcome::synced, "synced"},
       {NoteOutcome::failed, "failed"},
       {NoteOutcome::waiting, "waiting"},
       {NoteOutcome::superseded, "superseded"}}};
}

/// What `update_dataset_metadata` is given: how the sync ended, or that it waits.
struct NoteInput {
  StepInput step;
  NoteOutcome outcome = NoteOutcome::superseded;

  // Where it failed or waits.
  std::optional<std::string> error = {};
  std::optional<std::string> error_class = {};
  // Where it waits.
  std::optional<std::string> waiting_for = {};
  std::optional<Micros> next_attempt_at_us = {};
  // Where it is synced.
  std::optional<BronzeResult> bronze = {};
  std::optional<SilverResult> silver = {};
  std::optional<Micros> started_at_us = {};
};

constexpr auto wire_fields(const NoteInput*) {
  using T = NoteInput;
  return std::tuple(
      wire::embedded(&T::step), wire::field("outcome", &T::outcome, "What is noted."),
      wire::optional_field("error", &T::error, "What went wrong, for people."),
      wire::optional_field("error_class", &T::error_class, "transient, needs_you or bug."),
      wire::optional_field("waiting_for", &T::waiting_for, "retry or lakehouse."),
      wire::optional_field("next_attempt_at_us", &T::next_attempt_at_us, "When the pause ends."),
      wire::optional_field("bronze", &T::bronze, "What sync_to_bronze answered."),
      wire::optional_field("silver", &T::silver, "What transform_to_silver answered."),
      wire::optional_field("started_at_us", &T::started_at_us, "When the want was taken."));
}

/// Nobody believes what was not sealed: others reach Temporal, too. What cannot be read at all
/// fails as `BadData`.
template <typename Input, typename Output>
using SyncActivity = temporal::ActivityType<temporal::Received<Input>, temporal::Received<Output>>;

/// Only where the want says that syncs wait for each other.
inline constexpr SyncActivity<StepInput, BeginResult> activity_begin{"begin_sync",
                                                                     failure_bad_data};
inline constexpr SyncActivity<StepInput, BronzeResult> activity_bronze{"sync_to_bronze",
                                                                       failure_bad_data};
inline constexpr SyncActivity<StepInput, SilverResult> activity_silver{"transform_to_silver",
                                                                       failure_bad_data};
inline constexpr SyncActivity<NoteInput, StepEnd> activity_metadata{"update_dataset_metadata",
                                                                    failure_bad_data};
inline constexpr SyncActivity<StepInput, DropResult> activity_drop{"drop_lakehouse_tables",
                                                                   failure_bad_data};

}  // namespace sluice::sync
