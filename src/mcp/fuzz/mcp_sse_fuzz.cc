#include <vector>

#include "base/testing/fuzz_target.h"
#include "mcp/sse.h"

namespace sluice::mcp {
namespace {

using fuzz::require;

constexpr std::size_t event_bytes_max = 512;

/// The data of each event; `ok` becomes false where one was too large.
std::vector<std::string> events(std::string_view stream, std::size_t step, bool& ok) {
  std::vector<std::string> all;
  SseReader reader(event_bytes_max, [&](std::string_view data) -> Result<void> {
    all.emplace_back(data);
    return {};
  });
  ok = true;
  for (std::size_t at = 0; at < stream.size() && ok; at += step) {
    ok = reader.feed(stream.substr(at, step)).has_value();
  }
  return all;
}

/// Byte 0 is the size of the pieces; the rest is a stream.
void sse(std::string_view input) {
  if (input.empty()) return;
  const std::size_t step = static_cast<unsigned char>(input[0]) % 16 + 1;
  const std::string_view stream = input.substr(1);
  bool at_once = true;
  bool in_pieces = true;
  const std::vector<std::string> whole = events(stream, stream.size() + 1, at_once);
  require(whole == events(stream, step, in_pieces) && at_once == in_pieces,
          "pieces give the events of the whole");
  std::string again;
  for (const std::string& event : whole) {
    require(event.size() <= event_bytes_max, "an event is bounded");
    require(event.find('\r') == event.npos, "lines are joined by a line feed");
    for (std::size_t at = 0; at <= event.size();) {
      const std::size_t end = std::min(event.find('\n', at), event.size());
      again += "data: " + event.substr(at, end - at) + "\n";
      at = end + 1;
    }
    again += "\n";
  }
  bool ok = true;
  const std::vector<std::string> back = events(again, again.size() + 1, ok);
  // A line that is written anew is longer by its field's name, and may be too long.
  require(!ok || back == whole, "events that are written anew read the same");
}

const fuzz::Target target(__FILE__, sse);

}  // namespace
}  // namespace sluice::mcp
