// A step's call of the MCP server, and what its failure means.
#include <chrono>

#include <boost/json/serialize.hpp>

#include "base/log.h"
#include "lakehouse/error_codes.h"
#include "sync/activity_step.h"
#include "sync/heartbeat.h"
#include "sync/tool_wire.h"

namespace sluice::sync {

namespace json = boost::json;
using temporal::ActivityContext;
using temporal::Failure;

Failure Activities::failed_call(const Step& step, const Error& error, bool from_tool) {
  Failure failure;
  failure.message = to_line(error);
  failure.details = wire::to_text(FailureDetails{error_class_of(error)});
  if (!from_tool && error.kind == Errc::cancelled) {
    failure.type = "cancelled";
    failure.kind = temporal::FailureKind::cancelled;
    return failure;
  }
  const bool api_away = from_tool && error.code == lakehouse::Code::api_unreachable;
  // Cancelled, and not by us: the MCP server is stopping.
  const bool mcp_away = from_tool ? error.kind == Errc::cancelled : is_retryable(error.kind);
  if (api_away || mcp_away) {
    failure.type = failure_unreachable;
    const Result<metadata::TransitionResult> marked = store_.mark_waiting(
        step.want.want.dataset_id, step.run(),
        {api_away ? "api" : "mcp", std::nullopt, to_line(error), step.attempts});
    if (!marked)
      failure.message += " (and the status could not be written: " + marked.error().detail + ")";
    return failure;
  }
  if (error.kind == Errc::unauthenticated || error.kind == Errc::permission_denied) {
    failure.type = failure_needs_person;
  } else if (error.kind == Errc::unprocessable || error.kind == Errc::data_loss ||
             error.kind == Errc::invalid_argument || error.kind == Errc::not_found) {
    failure.type = failure_bad_data;
  } else {
    failure.type = failure_lakehouse;
  }
  return failure;
}

void Activities::note_silence(const Step& step, bool is_silent) {
  const metadata::Want& want = step.want.want;
  const Result<metadata::TransitionResult> marked =
      is_silent ? store_.mark_waiting(want.dataset_id, step.run(),
                                      {"mcp", std::nullopt, std::nullopt, step.attempts})
                : store_.mark_syncing(want.dataset_id, step.run());
  if (marked || marked.error().kind == Errc::not_found) return;
  log::warn("Databricks sync: the status could not be written",
            {{"dataset_id", want.dataset_id}, {"error", to_line(marked.error())}});
}

tl::expected<mcp::ToolResult, Activities::Ended> Activities::call_untyped(
    ActivityContext& context, const Step& step, const std::string& tool,
    const json::object& arguments) {
  const auto failed = [&](const Error& error, bool from_tool) {
    return tl::unexpected<Ended>(tl::unexpected<Failure>(failed_call(step, error, from_tool)));
  };
  Heartbeat heartbeat(context, [&](bool is_silent) { note_silence(step, is_silent); });
  mcp::CallOptions options;
  options.on_alive = [&heartbeat] { heartbeat.heard(); };
  options.deadline = std::chrono::milliseconds(0);  // the stream's signs of life bound it
  options.stop_token = context.stop_token();
  options.on_progress = [&](double bytes, std::optional<double> total, const std::string&) {
    json::object details{{"bytes", static_cast<std::int64_t>(bytes)}};
    if (total) details["bytes_total"] = static_cast<std::int64_t>(*total);
    context.heartbeat(json::serialize(details));
  };
  Result<mcp::ToolResult> result = mcp_.call_tool(tool, arguments, options);
  if (!result) return failed(result.error(), false);
  metadata::SyncRun run = step.recorded("running", clock_.now_us());
  run.cost = cost_in(result->meta);
  // Activities are numbered within a run of Temporal's.
  run.report_id = context.info().run_id + "/" + context.info().activity_id + "/" +
                  std::to_string(context.info().attempt);
  record_run(step, run);
  if (!result->error) return std::move(*result);
  const Error error = mcp::to_error(*result->error);
  if (std::optional<Ended> late = late_call(context, step, error)) {
    return tl::unexpected<Ended>(std::move(*late));
  }
  return failed(error, true);
}

std::optional<Activities::Ended> Activities::late_call(const ActivityContext& context,
                                                       const Step& step, const Error& error) {
  if (error.code != lakehouse::Code::newer_want_carried &&
      error.code != lakehouse::Code::newer_version_loaded)
    return {};
  // Only where the metadata agree: after a restore of older ones they may not, and a person is
  // told.
  Step again = step;
  std::optional<Ended> ended = prove_or_end(context, again);
  if (!ended || !*ended) return std::nullopt;
  log::info("Databricks sync: a late call was refused",
            {{"dataset_id", step.want.want.dataset_id},
             {"error", to_line(error)},
             {"workflow_id", context.info().workflow_id}});
  return ended;
}

}  // namespace sluice::sync
