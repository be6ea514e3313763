#include <vector>

#include "base/testing/fuzz_target.h"
#include "http/multipart.h"

namespace sluice::http {
namespace {

using fuzz::require;

constexpr std::string_view boundary = "b";

/// What a parser gave, whatever the pieces were that it was fed.
struct Parts final : PartSink {
  struct One {
    std::string name;
    std::string filename;
    std::string content_type;
    std::string content;
    bool is_whole = false;
    bool operator==(const One&) const = default;
  };
  Result<void> begin(const Part& part) override {
    require(all.empty() || all.back().is_whole, "a part begins after the last has ended");
    all.push_back({part.name, part.filename.value_or("(none)"), part.content_type, "", false});
    return {};
  }
  Result<void> data(std::string_view bytes) override {
    require(!all.empty() && !all.back().is_whole, "content is of a part");
    all.back().content += bytes;
    return {};
  }
  Result<void> end() override {
    require(!all.empty() && !all.back().is_whole, "a part ends once");
    all.back().is_whole = true;
    return {};
  }
  std::vector<One> all;
};

/// How parsing ended: empty where well.
std::string parse(std::string_view body, std::size_t step, Parts& parts) {
  MultipartParser parser(boundary, parts, {.parts_max = 8, .part_header_bytes_max = 256});
  for (std::size_t at = 0; at < body.size(); at += step) {
    if (const Result<void> fed = parser.feed(body.substr(at, step)); !fed) return fed.error().code;
  }
  const Result<void> finished = parser.finish();
  return finished ? "" : finished.error().code.text();
}

void content_comes_back(std::string_view content, std::size_t step) {
  const std::string delimiter = "--" + std::string(boundary);
  if (content.starts_with(delimiter) || content.find("\r\n" + delimiter) != content.npos) return;
  const std::string head =
      delimiter + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f.csv\"\r\n\r\n";
  Parts parts;
  const std::string ended =
      parse(head + std::string(content) + "\r\n" + delimiter + "--\r\n", step, parts);
  require(ended.empty() && parts.all.size() == 1, "a form with one part has one part");
  require(parts.all[0].content == content, "content comes as it was sent");
}

/// Byte 0 is the size of the pieces; the rest is a body, a content and a Content-Type.
void multipart(std::string_view input) {
  if (input.empty()) return;
  const std::size_t step = static_cast<unsigned char>(input[0]) % 64 + 1;
  const std::string_view body = input.substr(1);

  Parts whole;
  Parts pieces;
  const std::string at_once = parse(body, body.size() + 1, whole);
  const std::string in_pieces = parse(body, step, pieces);
  require(at_once.empty() == in_pieces.empty(), "pieces are as good as the whole");
  if (at_once.empty()) {
    require(whole.all == pieces.all, "and are the same parts");
    for (const Parts::One& part : whole.all) require(part.is_whole, "each of which ended");
  }
  require(whole.all.size() <= 8 && pieces.all.size() <= 8, "parts are bounded");
  content_comes_back(body, step);

  if (const Result<std::string> found = multipart_boundary(body)) {
    require(!found->empty() && found->size() <= multipart_boundary_length_max &&
                body.find(*found) != body.npos,
            "a boundary is of the text, and bounded");
  }
}

const fuzz::Target target(__FILE__, multipart);

}  // namespace
}  // namespace sluice::http
