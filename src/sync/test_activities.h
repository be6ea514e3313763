#pragma once

#include "sync/test_parts.h"

namespace sluice::sync {

/// Runs the activities one by one, without a Temporal server.
class ActivitiesTest : public SyncTest {
 protected:
  /// As a worker runs it, for the workflow of the want's dataset.
  temporal::ActivityOutcome run(const char* type, const WorkflowWant& want,
                                boost::json::object more = {}, std::int64_t attempts = 0) {
    boost::json::object input{{"want", to_json(want)}, {"attempts", attempts}, {"run_id", "run-1"}};
    for (const auto& [name, value] : more) input[name] = value;
    return run_text(type, workflow_id_of(want.want.dataset_id), boost::json::serialize(input));
  }
  temporal::ActivityOutcome run_text(const char* type, const std::string& workflow_id,
                                     const std::string& input) {
    TestActivityContext context;
    context.info_.activity_type = type;
    context.info_.workflow_id = workflow_id;
    context.info_.run_id = "run-of-temporal";
    context.info_.attempt = activity_attempt_;
    context.info_.activity_id = std::to_string(++activities_run_);
    return activities_->functions().at(type)(context, input);
  }
  static boost::json::object answer_in(const temporal::ActivityOutcome& outcome) {
    EXPECT_TRUE(outcome) << outcome.error().message;
    return outcome ? boost::json::parse(*outcome).as_object() : boost::json::object();
  }
  static std::string state_in(const temporal::ActivityOutcome& outcome) {
    return boost::json::value_to<std::string>(answer_in(outcome).at("state"));
  }
  temporal::ActivityOutcome note_synced(const WorkflowWant& want, const boost::json::object& bronze,
                                        const boost::json::object& silver) {
    return run(activity_metadata.name, want,
               {{"outcome", "synced"},
                {"bronze", bronze},
                {"silver", silver},
                {"started_at_us", clock_.now_us() - 2'000'000}});
  }
  temporal::ActivityOutcome note(const WorkflowWant& want, const char* outcome,
                                 boost::json::object more = {}) {
    more["outcome"] = outcome;
    more["error"] = "The cause.";
    more["error_class"] = "transient";
    return run(activity_metadata.name, want, std::move(more), 2);
  }
  /// All three steps.
  void sync(const WorkflowWant& want) {
    const boost::json::object bronze = answer_in(run(activity_bronze.name, want));
    const boost::json::object silver = answer_in(run(activity_silver.name, want));
    EXPECT_EQ(state_in(note_synced(want, bronze, silver)), "done");
  }
  std::uint64_t durations() { return metrics_.duration_s.Collect().histogram.sample_count; }

  std::uint32_t activity_attempt_ = 1;
  int activities_run_ = 0;
};

}  // namespace sluice::sync
