#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <source_location>
#include <string>

#include <tl/expected.hpp>

namespace sluice::temporal {

/// Why something that Temporal ran for us did not succeed.
enum class FailureKind {
  application,  ///< Our own activity or workflow code said so; `type` says which.
  timeout,  ///< One of its time limits passed; `type` names it: `start_to_close`, `heartbeat`, …
  cancelled,   ///< It was asked to stop, and did.
  terminated,  ///< Somebody terminated the workflow.
  server,      ///< Temporal itself gave up.
  other,       ///< A kind that this library does not name.
};

/// A failure as it travels in histories: plain text and JSON only, and never a secret, for
/// histories are kept.
struct Failure {
  std::string type = {};     ///< Stable, machine-readable; what `non_retryable_error_types` names.
  std::string message = {};  ///< For the person who meets it.
  bool non_retryable = false;  ///< Said by the thrower: no further attempt is made.
  FailureKind kind = FailureKind::application;
  std::string details = {};  ///< JSON, or empty.
  std::optional<std::chrono::milliseconds> next_retry_delay =
      std::nullopt;  ///< Instead of the backoff.
  std::shared_ptr<const Failure> cause = nullptr;
  /// Filled for a failed activity: why the server makes no further attempt
  /// (`maximum_attempts_reached`, `timeout`, `non_retryable_failure`, …); empty elsewhere.
  std::string retry_state = {};
  /// Where it was thrown, as whoever threw it tells: `file:line function` of ours, a traceback of
  /// another SDK. For people; never shown to the tenant.
  std::string stack_trace = {};
};

/// `file:line function`, for Failure::stack_trace.
std::string text_of(const std::source_location& where);

/// What an activity came to: its result as JSON text, or the failure of its last attempt.
using ActivityOutcome = tl::expected<std::string, Failure>;

}  // namespace sluice::temporal
