#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "http/message.h"

namespace sluice::http {

/// How a route is run.
struct RouteOptions {
  /// Runs on an io thread, at once: for health and metrics, which must never queue behind work.
  /// Such a handler must not block and cannot read a body.
  bool on_io = false;
  /// Instead of the server's default.
  std::optional<std::uint64_t> body_bytes_max = std::nullopt;
  /// Not 0: a small body, read without a thread before the handler runs where the caller is known,
  /// else when it asks for that (Later::wants_body). A longer one is 413 `body_too_large`.
  std::size_t whole_body_bytes_max = 0;
};

/// One registered route.
struct Route {
  std::string method;
  std::string pattern;
  Handler handler;
  RouteOptions options;
  std::vector<std::string> segments;  ///< The pattern, split; `{id}` is a parameter.
};

/// A route and what its pattern caught.
struct RouteMatch {
  const Route* route = nullptr;
  std::vector<std::pair<std::string, std::string>> parameters;
};

/// Why no route took a request: 400 (bad encoding), 404, or 405 with the methods that would do.
struct RouteMiss {
  int status = 404;
  std::string allow;
};

/// Finds the handler by method and path. Filled before the server starts, read-only afterwards.
class Router {
 public:
  /// `pattern` is `/api/v1/datasets/{id}/query`; a last segment `{name...}` takes the rest of the
  /// path, also an empty one. A literal segment wins over a parameter, for
  /// all methods. The same method and pattern
  /// twice throws.
  void add(std::string method, std::string pattern, Handler handler, RouteOptions options = {});
  /// `path` is raw. Segments are split before decoding, so that %2F makes no new ones. A HEAD finds
  /// GET routes.
  std::variant<RouteMatch, RouteMiss> find(std::string_view method, std::string_view path) const;
  /// In order of registration: what the documentation is checked against.
  const std::vector<Route>& routes() const { return routes_; }

 private:
  std::vector<Route> routes_;
};

}  // namespace sluice::http
