// A version's profile, waited for where it is still being made.
#include <algorithm>
#include <chrono>
#include <memory>

#include "api/answered.h"
#include "api/error_codes.h"
#include "api/handler_helpers.h"
#include "api/handlers.h"

namespace sluice::api {
namespace {

using Time = std::chrono::steady_clock;

constexpr std::chrono::milliseconds first_look{10};
constexpr std::chrono::milliseconds looks_max{200};
constexpr std::chrono::seconds profile_wait{30};

/// A request that waits for a profile: looks now and then, and holds no thread between.
struct Waiting {
  FairSlots::Place place;
  Time::time_point until;
  std::chrono::milliseconds pause = first_look;
};

Error not_profiled(const Dataset& dataset) {
  return {Errc::unavailable, Code::not_profiled,
          "Version " + std::to_string(dataset.current.version) +
              " was loaded, and its columns are still being looked through.",
          "Try again in a moment; queries are answered meanwhile."};
}

Result<http::Response> profile_of(Context& context, const Dataset& dataset) {
  const DatasetVersion& version = dataset.current;
  TRY_ASSIGN(const std::string columns,
             context.intake.store.get_profile(dataset.id, version.version));
  if (columns.empty()) {
    return fail(Errc::not_found, Code::no_profile, "This version has no profile.",
                "It was loaded before there were profiles, or none could be made: the log says "
                "why. Reingest it for another try.");
  }
  return json_response(200, "{\"dataset_id\":\"" + dataset.id +
                                "\",\"version\":" + std::to_string(version.version) +
                                ",\"row_count\":" + std::to_string(version.row_count) +
                                ",\"columns\":" + columns + "}");
}

/// The current version, which may be replaced meanwhile, once it is profiled.
Result<http::Response> look(Context& context, http::Request& request,
                            const auth::Principal& principal,
                            const std::shared_ptr<Waiting>& waiting) {
  TRY_ASSIGN(const metadata::DatasetRecord record, dataset_of(context, request, principal));
  const Dataset& dataset = record.dataset;
  if (dataset.current.profiled_at_us != 0) return profile_of(context, dataset);
  if (!waiting->place) waiting->place = context.profile_slots.try_take(principal.tenant.value);
  if (!waiting->place || Time::now() + waiting->pause >= waiting->until) {
    return fail(not_profiled(dataset));
  }
  http::Later again;
  again.pause = waiting->pause;
  waiting->pause = std::min(2 * waiting->pause, looks_max);
  again.then = [&context, principal, waiting](http::Request& now, FairSlots::Place) {
    return answered(now, look(context, now, principal, waiting));
  };
  again.refused = [dataset](http::Request& now, http::NoTurn why) {
    return answered(now,
                    fail(why == http::NoTurn::gone ? client_is_gone() : not_profiled(dataset)));
  };
  http::Response response;
  response.body = std::move(again);
  return response;
}

}  // namespace

Result<http::Response> get_profile(Context& context, http::Request& request,
                                   const auth::Principal& principal) {
  auto waiting = std::make_shared<Waiting>();
  waiting->until = Time::now() + profile_wait;
  return look(context, request, principal, waiting);
}

}  // namespace sluice::api
