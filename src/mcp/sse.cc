#include "mcp/sse.h"

#include "mcp/error_codes.h"

namespace sluice::mcp {

Result<void> SseReader::feed(std::string_view bytes) {
  for (const char c : bytes) {
    const bool second_half = after_cr_ && c == '\n';
    after_cr_ = c == '\r';
    if (second_half) continue;
    if (c == '\n' || c == '\r') {
      TRY(line());
      continue;
    }
    if (line_.size() + data_.size() >= event_bytes_max_) {
      return fail(Errc::too_large, Code::mcp_answer_too_large,
                  "An event is larger than " + std::to_string(event_bytes_max_) + " bytes.");
    }
    line_.push_back(c);
  }
  return {};
}

Result<void> SseReader::line() {
  const std::string line = std::exchange(line_, {});
  if (line.empty()) {
    if (!std::exchange(has_data_, false)) return {};
    return on_data_(std::exchange(data_, {}));
  }
  std::string_view text = line;
  if (!text.starts_with("data")) return {};
  text.remove_prefix(4);
  if (!text.empty() && !text.starts_with(':')) return {};
  if (!text.empty()) text.remove_prefix(1);
  if (text.starts_with(' ')) text.remove_prefix(1);
  if (has_data_) data_ += '\n';
  data_ += text;
  has_data_ = true;
  return {};
}

}  // namespace sluice::mcp
