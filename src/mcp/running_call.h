#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include <boost/json/value.hpp>

#include "http/message.h"
#include "mcp/tool.h"

namespace sluice::mcp {

/// A tool at work on a thread of its own, while the HTTP handler's thread waits, reports and
/// writes. `cancel` may be called from any thread, all else from the handler's.
class RunningCall {
 public:
  struct Start {
    const Tool* tool = nullptr;
    boost::json::object arguments;
    std::string request_id;
    boost::json::value progress_token;  ///< Null: nobody asked for progress.
    std::chrono::milliseconds progress_interval{100};
  };
  explicit RunningCall(Start start);
  /// Waits for the tool.
  ~RunningCall() = default;
  RunningCall(const RunningCall&) = delete;
  RunningCall& operator=(const RunningCall&) = delete;

  /// True once the tool is done.
  bool wait(std::chrono::milliseconds at_most);
  const ToolResult& result() const { return result_; }
  void cancel() { stop_.request_stop(); }
  /// Writes progress as it comes, signs of life in silence and `last()` at the end, as an event
  /// stream. When the reader is gone it cancels the tool if `cancel_when_gone`, and waits for it
  /// either way.
  Result<void> stream(http::BodyWriter& out, std::chrono::milliseconds comment_interval,
                      bool cancel_when_gone, const std::function<std::string()>& last);

 private:
  void work();
  void progress(double value, std::optional<double> total, const std::string& message);

  const Start start_;
  std::stop_source stop_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> messages_;
  std::optional<double> last_progress_;
  std::chrono::steady_clock::time_point last_progress_at_;
  ToolResult result_;
  bool done_ = false;
  std::jthread thread_;  ///< Last: joins before the rest is destroyed.
};

}  // namespace sluice::mcp
