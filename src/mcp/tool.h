#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include <boost/json/object.hpp>

#include "base/result.h"

namespace sluice::mcp {

/// Where Sluice's tools say in `_meta` what a call took from the lakehouse.
inline constexpr const char* meta_cost = "io.sluice/cost";

/// Why a tool failed, as it travels in `_meta["io.sluice/error"]` of the result.
struct ToolError {
  ErrorCode code;  ///< Another server's may be none of ours.
  Errc kind = Errc::internal;
  std::string message;
  std::string remedy;
  bool retryable = false;
};

/// What a tool answers. A failure carries no structured content: clients check that against the
/// output schema.
struct ToolResult {
  std::string text;  ///< For the reader; the JSON itself when empty.
  std::optional<boost::json::object>
      structured;  ///< Must match the output schema if the tool has one.
  std::optional<ToolError> error;
  /// More for `_meta`, of a failure too; names have a prefix of ours: `io.sluice/cost`.
  boost::json::object meta = {};

  static ToolResult ok(boost::json::object structured, std::string text = {});
  static ToolResult failed(const Error& cause);
};

/// The failure as an Error again: for a client that passes it on.
Error to_error(const ToolError& error);

/// One running call. Used by the tool's thread only.
class ToolCall {
 public:
  using Progress =
      std::function<void(double progress, std::optional<double> total, std::string message)>;
  ToolCall(boost::json::object arguments_in, std::stop_token stop, std::string request_id_in,
           Progress progress)
      : arguments(std::move(arguments_in)),
        stop_token(std::move(stop)),
        request_id(std::move(request_id_in)),
        progress_(std::move(progress)) {}

  const boost::json::object arguments;  ///< Already checked against the input schema.
  const std::stop_token
      stop_token;                ///< Stops when the caller has gone away: nobody reads the answer.
  const std::string request_id;  ///< Of the HTTP request, for logs.

  bool cancelled() const { return stop_token.stop_requested(); }
  /// Cheap and never fails; dropped when nobody asked for progress or when it does not increase.
  void report_progress(double progress, std::optional<double> total = {},
                       std::string message = {}) {
    if (progress_) progress_(progress, total, std::move(message));
  }

 private:
  Progress progress_;
};

/// Hints for the model's host; they grant nothing.
struct ToolAnnotations {
  bool read_only = false;
  bool destructive = false;
  bool idempotent = false;
  bool open_world = false;
};

/// A tool as registered. Schemas are JSON Schema texts whose root has `type: object`.
struct Tool {
  std::string name;
  std::string title;
  std::string description;
  ToolAnnotations annotations;
  std::string input_schema = {};
  std::string output_schema = {};  ///< May be empty; else every answer must fit it.
  std::function<ToolResult(ToolCall&)> handler = {};
};

}  // namespace sluice::mcp
