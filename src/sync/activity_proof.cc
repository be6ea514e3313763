// What an activity is given, and whether it may obey it.
#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>

#include "base/log.h"
#include "sync/activity_step.h"
#include "sync/error_codes.h"
#include "temporal/payload/payload_sealer.h"

namespace sluice::sync {

namespace json = boost::json;
using temporal::ActivityContext;

Result<Activities::Step> Activities::read_step(const std::string& input,
                                               const std::string& run_id) {
  try {
    Step step;
    const std::optional<std::string> unsealed = temporal::unsealed_text(input);
    step.is_sealed = !unsealed;
    step.input = json::parse(unsealed.value_or(input)).as_object();
    step.attempts = step.input.at("attempts").as_int64();
    TRY_ASSIGN(step.want, want_from_json(json::value_to<std::string>(step.input.at("want"))));
    // Workflows from before runs handed over to others name none; and nobody but us may name one.
    const json::value* told = step.input.if_contains("run_id");
    step.run_id = told != nullptr && step.is_sealed ? json::value_to<std::string>(*told) : run_id;
    return step;
  } catch (const std::exception& broken) {
    return fail(Errc::invalid_argument, Code::bad_step,
                std::string("An activity's input is not as it was sent: ") + broken.what());
  }
}

std::optional<Activities::Outcome> Activities::prove_or_end(const ActivityContext& context,
                                                            Step& step) {
  std::optional<Outcome> ended = prove(context, step);
  if (!ended || !*ended || **ended == state_result("refused")) return ended;
  return end_void(step, **ended == state_result("gone") ? "gone" : "superseded");
}

Activities::Outcome Activities::end_void(const Step& step, const char* state) {
  const Result<void> recorded =
      store_.supersede_sync_run(step.want.want.dataset_id, step.recorded("", 0).id);
  if (!recorded) return metadata_failure(recorded.error());
  return state_result(state);
}

std::optional<Activities::Outcome> Activities::prove(const ActivityContext& context, Step& step) {
  const metadata::Want& want = step.want.want;
  const auto refuse = [&](const std::string& why) {
    log::warn("Databricks sync: a want was refused, for nobody asked for it",
              {{"why", why},
               {"activity", context.info().activity_type},
               {"workflow_id", context.info().workflow_id},
               {"run_id", context.info().run_id}});
    return state_result("refused");
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
      return state_result("superseded");
    case metadata::WantProof::gone:
      return state_result("gone");
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
