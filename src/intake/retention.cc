#include "intake/retention.h"

#include <chrono>

#include "base/log.h"
#include "intake/expired_uploads.h"
#include "intake/unused_files.h"

namespace sluice::intake {
namespace {

constexpr std::chrono::minutes interval{10};

}  // namespace

RetentionSweeper::RetentionSweeper(Context& context)
    : context_(context),
      loop_({.name = "retention", .poll_interval = interval}, [this](const std::stop_token&) {
        sweep();
        return BackgroundLoop::Round::idle;
      }) {}

void RetentionSweeper::sweep() {
  const auto log_failure = [](const char* what, const Result<void>& swept) {
    if (!swept) log::error(what, {{"error", to_line(swept.error())}});
  };
  metadata::Store& store = context_.store;
  const Clock& clock = context_.clock;
  log_failure("cannot sweep files that are not used",
              sweep_unused_files(store, context_.files, clock));
  log_failure("cannot sweep files whose commit has no known end",
              context_.undecided.decide(store, context_.files, clock.now_us()));
  log_failure("cannot sweep expired uploads",
              sweep_expired_uploads(store, context_.partial_files, clock));
  log_failure("cannot keep disk space in reserve", store.restock_reserve());
}

}  // namespace sluice::intake
