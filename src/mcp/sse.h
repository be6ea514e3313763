#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice::mcp {

/// Reads an event stream (WHATWG HTML, 9.2) fed in pieces: gives the data of each event. Comments
/// and other fields are passed over. One thread; `on_data` is called from `feed`. Errors: too_large
/// `mcp_answer_too_large`, or what `on_data` returned.
class SseReader {
 public:
  SseReader(std::size_t event_bytes_max, std::function<Result<void>(std::string_view data)> on_data)
      : event_bytes_max_(event_bytes_max), on_data_(std::move(on_data)) {}
  Result<void> feed(std::string_view bytes);

 private:
  Result<void> line();

  const std::size_t event_bytes_max_;
  const std::function<Result<void>(std::string_view)> on_data_;
  std::string line_;
  std::string data_;
  bool has_data_ = false;
  bool after_cr_ = false;
};

}  // namespace sluice::mcp
