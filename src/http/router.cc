#include "http/router.h"

#include <algorithm>
#include <stdexcept>

#include "http/percent_encoding.h"

namespace sluice::http {
namespace {

constexpr std::size_t segments_max = 32;  // our longest route has eight

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> segments;
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    const std::size_t end = std::min(path.find('/'), path.size());
    segments.emplace_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return segments;
}

bool is_parameter(std::string_view segment) { return segment.starts_with('{'); }
bool is_rest(std::string_view segment) { return segment.ends_with("...}"); }

/// `..` anywhere, whatever separates it: a parameter may end up in a file name on the other side.
bool climbs(std::string_view segment) {
  if (segment == ".") return true;
  while (true) {
    const std::size_t end = std::min(segment.find_first_of("/\\"), segment.size());
    if (segment.substr(0, end) == "..") return true;
    if (end == segment.size()) return false;
    segment.remove_prefix(end + 1);
  }
}

bool matches(const Route& route, const std::vector<std::string>& segments) {
  const std::vector<std::string>& pattern = route.segments;
  const bool rest = !pattern.empty() && is_rest(pattern.back());
  const std::size_t fixed = rest ? pattern.size() - 1 : pattern.size();
  if (rest ? segments.size() < fixed : segments.size() != fixed) return false;
  for (std::size_t i = 0; i < fixed; ++i) {
    if (is_parameter(pattern[i]) ? segments[i].empty() : segments[i] != pattern[i]) return false;
  }
  return true;
}

/// True when `a` says more about the path than `b`: at the first difference it has the literal.
bool more_specific(const Route& a, const Route& b) {
  const std::size_t common = std::min(a.segments.size(), b.segments.size());
  for (std::size_t i = 0; i < common; ++i) {
    const bool a_open = is_parameter(a.segments[i]);
    const bool b_open = is_parameter(b.segments[i]);
    if (a_open != b_open) return b_open;
    if (a_open && is_rest(a.segments[i]) != is_rest(b.segments[i])) return is_rest(b.segments[i]);
  }
  return a.segments.size() > b.segments.size() && !is_rest(a.segments.back());
}

RouteMatch caught(const Route& route, const std::vector<std::string>& segments) {
  RouteMatch match;
  match.route = &route;
  for (std::size_t i = 0; i < route.segments.size(); ++i) {
    const std::string& pattern = route.segments[i];
    if (!is_parameter(pattern)) continue;
    if (!is_rest(pattern)) {
      match.parameters.emplace_back(pattern.substr(1, pattern.size() - 2), segments[i]);
      continue;
    }
    std::string rest;
    for (std::size_t k = i; k < segments.size(); ++k) {
      if (k > i) rest += '/';
      rest += segments[k];
    }
    match.parameters.emplace_back(pattern.substr(1, pattern.size() - 5), std::move(rest));
  }
  return match;
}

}  // namespace

void Router::add(std::string method, std::string pattern, Handler handler, RouteOptions options) {
  if (!pattern.starts_with('/')) throw std::invalid_argument("route without a slash: " + pattern);
  for (const Route& route : routes_) {
    if (route.method == method && route.pattern == pattern) {
      throw std::invalid_argument("route registered twice: " + method + " " + pattern);
    }
  }
  std::vector<std::string> segments = split(pattern);
  routes_.push_back(Route{std::move(method), std::move(pattern), std::move(handler), options,
                          std::move(segments)});
}

std::variant<RouteMatch, RouteMiss> Router::find(std::string_view method,
                                                 std::string_view path) const {
  if (!path.starts_with('/')) return RouteMiss{400, {}};
  std::vector<std::string> segments = split(path);
  if (segments.size() > segments_max) return RouteMiss{404, {}};
  for (std::string& segment : segments) {
    std::optional<std::string> decoded = percent_decode(segment);
    if (!decoded || climbs(*decoded)) return RouteMiss{400, {}};
    segment = std::move(*decoded);
  }
  const std::string_view wanted = method == "HEAD" ? std::string_view("GET") : method;
  const Route* best = nullptr;
  for (const Route& route : routes_) {
    if (matches(route, segments) && (best == nullptr || more_specific(route, *best))) best = &route;
  }
  if (best == nullptr) return RouteMiss{404, {}};
  // The path is that of the best pattern, whatever its methods: `/datasets/upload` is no id.
  std::vector<std::string> allowed;
  for (const Route& route : routes_) {
    if (!matches(route, segments) || more_specific(*best, route)) continue;
    if (route.method == wanted) return caught(route, segments);
    allowed.push_back(route.method);
    if (route.method == "GET") allowed.emplace_back("HEAD");
  }
  RouteMiss miss{405, {}};
  for (const std::string& other : allowed) miss.allow += (miss.allow.empty() ? "" : ", ") + other;
  return miss;
}

}  // namespace sluice::http
