// Runtime: the core's threads, one set per process.
#include "temporal/runtime.h"

#include <csignal>
#include <thread>

#include "base/log.h"
#include "temporal/core/core.h"
#include "temporal/core/core_metrics.h"
#include "temporal/error_codes.h"

namespace sluice::temporal {

namespace {

std::string_view text_of(TemporalCoreByteArrayRef bytes) {
  if (bytes.data == nullptr) return {};
  return {reinterpret_cast<const char*>(bytes.data), bytes.size};
}

void forward_log(TemporalCoreForwardedLogLevel level, const TemporalCoreForwardedLog* line) {
  const std::string_view message = text_of(temporal_core_forwarded_log_message(line));
  const log::Fields fields = {{"target", text_of(temporal_core_forwarded_log_target(line))},
                              {"fields", text_of(temporal_core_forwarded_log_fields_json(line))}};
  switch (level) {
    case TemporalCoreForwardedLogLevel_Error:
      return log::error(message, fields);
    case TemporalCoreForwardedLogLevel_Warn:
      return log::warn(message, fields);
    case TemporalCoreForwardedLogLevel_Info:
      return log::info(message, fields);
    default:
      return log::debug(message, fields);
  }
}

/// The core writes to sockets with writev, which raises SIGPIPE when the server has just died.
/// Rust's own main ignores the signal; in a C++ process nobody does, and it would end the process.
void ignore_sigpipe() {
  struct sigaction current {};
  if (::sigaction(SIGPIPE, nullptr, &current) == 0 && current.sa_handler == SIG_DFL) {
    current.sa_handler = SIG_IGN;
    ::sigaction(SIGPIPE, &current, nullptr);
  }
}

}  // namespace

RuntimeCore::~RuntimeCore() {
  // The context of a call that nobody waits for any more may hold the last reference.
  if (is_core_thread) {
    std::thread([runtime = runtime_] { temporal_core_runtime_free(runtime); }).detach();
  } else {
    temporal_core_runtime_free(runtime_);
  }
}

std::string RuntimeCore::take(const TemporalCoreByteArray* bytes) const {
  if (bytes == nullptr) return {};
  std::string text(reinterpret_cast<const char*>(bytes->data), bytes->size);
  temporal_core_byte_array_free(runtime_, bytes);
  return text;
}

Runtime::Runtime(std::shared_ptr<RuntimeCore> core) : core_(std::move(core)) {}
Runtime::~Runtime() = default;

Result<std::unique_ptr<Runtime>> Runtime::create(const RuntimeOptions& options) {
  ignore_sigpipe();
  const std::string& level = options.core_log_level;
  const std::string filter = "error,temporalio_sdk_core=" + level + ",temporalio_client=" + level +
                             ",temporalio_common=" + level;
  TemporalCoreLoggingOptions logging{};
  logging.filter = bytes_of(filter);
  logging.forward_to = &forward_log;
  TemporalCoreTelemetryOptions telemetry{};
  telemetry.logging = &logging;
  TemporalCoreMetricsOptions metrics{};
  if (options.metrics) {
    TRY_ASSIGN(metrics.custom_meter, new_meter(options.metrics));
    metrics.metric_prefix = bytes_of("temporal_");
    telemetry.metrics = &metrics;
  }
  TemporalCoreRuntimeOptions core_options{};
  core_options.telemetry = &telemetry;
  core_options.disable_environment_info = true;  // what machine this is concerns no server
  const TemporalCoreRuntimeOrFail made = temporal_core_runtime_new(&core_options);
  auto core = std::make_shared<RuntimeCore>(made.runtime);
  if (made.fail != nullptr) {
    return fail(Errc::internal, Code::temporal_runtime,
                "Temporal's core did not start: " + core->take(made.fail));
  }
  return std::make_unique<Runtime>(std::move(core));
}

}  // namespace sluice::temporal
