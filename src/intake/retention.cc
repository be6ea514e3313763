#include "intake/retention.h"

#include <chrono>

#include "base/log.h"
#include "intake/expired_uploads.h"
#include "intake/unused_files.h"

namespace sluice::intake {
namespace {

constexpr std::chrono::minutes interval{10};

}  // namespace

RetentionSweeper::RetentionSweeper(metadata::Store& store, const storage::DatasetFiles& files,
                                   const storage::PartialFiles& partial_files, const Clock& clock)
    : store_(store),
      files_(files),
      partial_files_(partial_files),
      clock_(clock),
      loop_({.name = "retention", .poll_interval = interval}, [this](const std::stop_token&) {
        sweep();
        return BackgroundLoop::Round::idle;
      }) {}

void RetentionSweeper::sweep() {
  if (const Result<void> swept = sweep_unused_files(store_, files_, clock_); !swept) {
    log::error("cannot sweep files that are not used", {{"error", to_line(swept.error())}});
  }
  if (const Result<void> swept = sweep_expired_uploads(store_, partial_files_, clock_); !swept) {
    log::error("cannot sweep expired uploads", {{"error", to_line(swept.error())}});
  }
  if (const Result<void> restocked = store_.restock_reserve(); !restocked) {
    log::error("cannot keep disk space in reserve", {{"error", to_line(restocked.error())}});
  }
}

}  // namespace sluice::intake
