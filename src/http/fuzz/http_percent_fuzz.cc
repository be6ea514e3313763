#include "base/testing/fuzz_target.h"
#include "base/utf8.h"
#include "http/percent_encoding.h"
#include "http/router.h"

namespace sluice::http {
namespace {

using fuzz::require;

bool is_plain(std::string_view text, bool with_lines) {
  for (const char c : text) {
    const bool line = with_lines && (c == '\n' || c == '\r' || c == '\t');
    if ((static_cast<unsigned char>(c) < 0x20 && !line) || c == 0x7F) return false;
  }
  return is_utf8(text);
}

void text_comes_back(std::string_view text) {
  for (const bool form : {false, true}) {
    const std::optional<std::string> back = percent_decode(percent_encode(text), form);
    require(back.has_value() == is_plain(text, form), "what is decoded is text, and all of that");
    require(!back || *back == text, "text comes back");
    const std::optional<std::string> decoded = percent_decode(text, form);
    require(!decoded || is_plain(*decoded, form), "nothing but text comes out");
    require(!decoded || decoded->size() <= text.size(), "decoding adds nothing");
  }
}

void query_comes_back(std::string_view text) {
  const auto pairs = parse_query(text);
  if (!pairs) return;
  require(pairs->size() <= 256, "pairs are bounded");
  std::string again;
  for (const auto& [name, value] : *pairs) {
    require(is_plain(name, true) && is_plain(value, true), "names and values are text");
    again += (again.empty() ? "" : "&") + percent_encode(name) + "=" + percent_encode(value);
  }
  require(parse_query(again) == pairs, "a query that is written anew reads the same");
}

Router make_router() {
  Router router;
  const Handler nothing = [](Request&) { return Response::empty(204); };
  router.add("GET", "/api/v1/datasets", nothing);
  router.add("GET", "/api/v1/datasets/{id}", nothing);
  router.add("GET", "/api/v1/datasets/{id}/query", nothing);
  router.add("GET", "/internal/{name...}", nothing);
  return router;
}

void routed(std::string_view path) {
  static const Router router = make_router();
  const auto found = router.find("GET", path);
  if (const auto* miss = std::get_if<RouteMiss>(&found)) {
    require(miss->status == 400 || miss->status == 404 || miss->status == 405, "a miss says why");
    return;
  }
  const RouteMatch& match = std::get<RouteMatch>(found);
  require(match.route != nullptr, "a match names its route");
  for (const auto& [name, value] : match.parameters) {
    require(is_plain(value, false), "a parameter is text");
  }
}

/// A text, a query and a path.
void percent(std::string_view input) {
  text_comes_back(input);
  query_comes_back(input);
  routed(input);
  routed("/api/v1/datasets/" + std::string(input));
}

const fuzz::Target target(__FILE__, percent);

}  // namespace
}  // namespace sluice::http
