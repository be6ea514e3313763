// Plans as text, as they lie in every user's metadata.db.
#include "lakehouse/error_codes.h"
#include "lakehouse/medallion/silver_plan_form.h"
#include "wire/json.h"

namespace sluice::lakehouse::medallion {

std::string to_json(const Plan& plan) { return wire::to_text(plan); }

Result<Plan> plan_from_json(const std::string& text) {
  Result<Plan> plan = wire::from_stored_text<Plan>(text);
  if (plan) return plan;
  return fail(Errc::invalid_argument, Code::bad_plan,
              "The column plan cannot be read: " + plan.error().detail);
}

}  // namespace sluice::lakehouse::medallion
