// `sluice api`: starts ApiServices and waits for the signal to end, which main.cc has blocked in
// all threads.
#include <cstdio>
#include <memory>

#include "app/api_services.h"
#include "app/main_support.h"
#include "app/mains.h"
#include "base/log.h"

namespace sluice::app {

int run_api(const Settings& settings) {
  log::init("api");
  const Result<std::unique_ptr<ApiServices>> services = ApiServices::start(settings);
  if (!services) return refuse_start("api", services.error());
  if ((*services)->made_token()) {
    std::fprintf(stderr, "Your token lies in %s\n", (*services)->folder().token().c_str());
  }
  log::info("API started successfully",
            {{"listen", settings.api_listen},
             {"databricks_sync", settings.sync_possible() ? "enabled" : "disabled"}});
  wait_for_end();
  log::info("API is draining");
  return 0;
}

}  // namespace sluice::app
