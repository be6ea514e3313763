#include <algorithm>
#include <chrono>
#include <thread>

#include "api/handlers.h"
#include "api/profiler.h"

namespace sluice::api {
namespace {

using Time = std::chrono::steady_clock;

constexpr std::chrono::milliseconds first_look{10};
constexpr std::chrono::milliseconds looks_max{200};
constexpr std::chrono::seconds profile_wait{30};

/// The dataset once its current version, which may be replaced meanwhile, is profiled.
/// `unavailable` where it is not by then, or too many requests wait already.
Result<Dataset> profiled(Context& context, const http::Request& request, Dataset dataset) {
  if (dataset.current.profiled_at_us != 0) return dataset;
  const auto deadline = Time::now() + profile_wait;
  const std::optional<Slot> slot = Slot::take(context.profile_waits);
  std::chrono::milliseconds pause = first_look;
  while (slot && Time::now() + pause < deadline && !request.stop_token.stop_requested()) {
    std::this_thread::sleep_for(pause);
    pause = std::min(2 * pause, looks_max);
    TRY_ASSIGN(const metadata::DatasetRecord record,
               context.store.get_dataset(dataset.tenant, dataset.id));
    dataset = record.dataset;
    if (dataset.current.profiled_at_us != 0) return dataset;
  }
  return fail(Errc::unavailable, "not_profiled",
              "Version " + std::to_string(dataset.current.version) +
                  " was loaded, and its columns are still being looked through.",
              "Try again in a moment; queries are answered meanwhile.");
}

}  // namespace

Result<http::Response> get_profile(Context& context, http::Request& request,
                                   const auth::Principal& principal) {
  TRY_ASSIGN(const metadata::DatasetRecord record, dataset_of(context, request, principal));
  TRY_ASSIGN(const Dataset dataset, profiled(context, request, record.dataset));
  const DatasetVersion& version = dataset.current;
  TRY_ASSIGN(const std::string columns,
             context.store.get_profile(record.dataset.id, version.version));
  if (columns.empty()) {
    return fail(Errc::not_found, "no_profile", "This version has no profile.",
                "It was loaded before there were profiles, or none could be made: the log says "
                "why. Reingest it for another try.");
  }
  return json_response(200, "{\"dataset_id\":\"" + record.dataset.id +
                                "\",\"version\":" + std::to_string(version.version) +
                                ",\"row_count\":" + std::to_string(version.row_count) +
                                ",\"columns\":" + columns + "}");
}

}  // namespace sluice::api
