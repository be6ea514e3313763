// What a tenant's syncs and queries took from a lakehouse over some days: sums of the store.
#include <boost/json/serialize.hpp>

#include "api/dataset_json.h"
#include "api/error_codes.h"
#include "api/handler_helpers.h"
#include "api/handlers.h"

namespace sluice::api {

namespace json = boost::json;

namespace {

constexpr std::int64_t usage_days_default = 30;
constexpr std::int64_t usage_days_max = 3'660;
constexpr Micros day_us = 86'400'000'000;

}  // namespace

Result<http::Response> get_usage(Context& context, http::Request& request,
                                 const auth::Principal& principal) {
  TRY_ASSIGN(const std::int64_t days,
             number_parameter(request, "days", Code::bad_days, usage_days_default, usage_days_max));
  const Micros until_us = context.intake.clock.now_us();
  const Micros since_us = until_us - days * day_us;
  TRY_ASSIGN(const metadata::Usage usage,
             context.intake.store.sum_usage(principal.tenant, since_us, until_us));
  return json_response(200, json::serialize(json::object{{"since", to_rfc3339(since_us)},
                                                         {"until", to_rfc3339(until_us)},
                                                         {"runs", usage.runs},
                                                         {"cost", cost_json(usage.cost)}}));
}

}  // namespace sluice::api
