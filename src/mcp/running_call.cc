#include "mcp/running_call.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "base/error_codes.h"
#include "base/log.h"

namespace sluice::mcp {
namespace json = boost::json;

namespace {

constexpr std::size_t messages_max = 64;  // a slow reader loses progress, not memory

std::string event(const std::string& data) { return "event: message\ndata: " + data + "\n\n"; }

}  // namespace

RunningCall::RunningCall(Start start) : start_(std::move(start)) {
  thread_ = std::jthread([this] { work(); });
}

void RunningCall::work() {
  ToolResult result;
  try {
    ToolCall::Progress report;
    if (!start_.progress_token.is_null()) {
      report = [this](double value, std::optional<double> total, const std::string& message) {
        progress(value, total, message);
      };
    }
    ToolCall call(start_.arguments, stop_.get_token(), start_.request_id, std::move(report));
    result = start_.tool->handler(call);
  } catch (const std::exception& caught) {  // Else it would end the server.
    log::error(
        "a tool threw",
        {{"tool", start_.tool->name}, {"what", caught.what()}, {"request_id", start_.request_id}});
    result = ToolResult::failed(Error{Errc::internal, BaseCode::internal_error,
                                      "Something is broken here.",
                                      "Report it with the request id " + start_.request_id + "."});
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  result_ = std::move(result);
  done_ = true;
  changed_.notify_all();
}

void RunningCall::progress(double value, std::optional<double> total, const std::string& message) {
  const auto now = std::chrono::steady_clock::now();
  const std::lock_guard<std::mutex> lock(mutex_);
  if (last_progress_ &&
      (value <= *last_progress_ || now - last_progress_at_ < start_.progress_interval))
    return;
  if (messages_.size() >= messages_max) return;
  last_progress_ = value;
  last_progress_at_ = now;
  json::object params{{"progressToken", start_.progress_token}, {"progress", value}};
  if (total) params["total"] = *total;
  if (!message.empty()) params["message"] = message;
  messages_.push_back(json::serialize(
      json::object{{"jsonrpc", "2.0"}, {"method", "notifications/progress"}, {"params", params}}));
  changed_.notify_all();
}

bool RunningCall::wait(std::chrono::milliseconds at_most) {
  std::unique_lock<std::mutex> lock(mutex_);
  return changed_.wait_for(lock, at_most, [this] { return done_; });
}

Result<void> RunningCall::stream(http::BodyWriter& out, std::chrono::milliseconds comment_interval,
                                 bool cancel_when_gone, const std::function<std::string()>& last) {
  Result<void> alive;
  // The head must reach the client at once: its stall clock starts with the first byte.
  std::string piece = ": working\n\n";
  for (;;) {
    if (alive && !piece.empty()) {
      alive = out.write(piece);
      if (!alive && cancel_when_gone) cancel();
    }
    piece.clear();
    std::unique_lock<std::mutex> lock(mutex_);
    const bool news =
        changed_.wait_for(lock, comment_interval, [this] { return done_ || !messages_.empty(); });
    for (; !messages_.empty(); messages_.pop_front()) piece += event(messages_.front());
    if (done_) break;
    if (!news) piece = ": alive\n\n";
  }
  if (!alive) return alive;
  return out.write(piece + event(last()));
}

}  // namespace sluice::mcp
