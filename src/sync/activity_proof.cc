// Whether an activity may obey what it is given.
#include "base/log.h"
#include "sync/activity_step.h"

namespace sluice::sync {

using temporal::ActivityContext;

std::optional<Activities::Ended> Activities::prove_or_end(const ActivityContext& context,
                                                          Step& step) {
  std::optional<Ended> ended = prove(context, step);
  if (!ended || !*ended || **ended == StepState::refused) return ended;
  return end_void(step, **ended);
}

Activities::Ended Activities::end_void(const Step& step, StepState state) {
  const Result<void> recorded =
      store_.supersede_sync_run(step.want.want.dataset_id, step.recorded("", 0).id);
  if (!recorded) return metadata_failure(recorded.error());
  return state;
}

std::optional<Activities::Ended> Activities::prove(const ActivityContext& context, Step& step) {
  const metadata::Want& want = step.want.want;
  const auto refuse = [&](const std::string& why) {
    log::warn("Databricks sync: a want was refused, for nobody asked for it",
              {{"why", why},
               {"activity", context.info().activity_type},
               {"workflow_id", context.info().workflow_id},
               {"run_id", context.info().run_id}});
    return StepState::refused;
  };
  if (context.info().workflow_id != workflow_id_of(want.dataset_id)) {
    return refuse("it is of another dataset than the workflow");
  }
  const Result<metadata::ProvenWant> proven = store_.prove_want(want, step.want.order);
  if (!proven) return metadata_failure(proven.error());
  switch (proven->proof) {
    case metadata::WantProof::refused:
      return refuse(proven->why);
    case metadata::WantProof::ended:
      return StepState::superseded;
    case metadata::WantProof::gone:
      return StepState::gone;
    case metadata::WantProof::genuine:
      break;
  }
  step.is_recorded = proven->is_recorded;
  step.asked_at_us = proven->asked_at_us;
  if (!proven->run_began_before_us) return std::nullopt;
  const Result<Micros> began = run_began_at_(context.info().workflow_id, context.info().run_id);
  if (!began) return temporal::fail_activity(failure_unreachable, to_line(began.error()));
  if (*began < *proven->run_began_before_us) return std::nullopt;
  return refuse("the run began after wants were recorded, and this one is not");
}

}  // namespace sluice::sync
