#include "lakehouse/databricks/testing/stuck_workspace.h"

#include <utility>

namespace sluice::lakehouse::databricks {
namespace {

http::Response json(const std::string& body) {
  return http::Response::text(200, body, "application/json");
}

}  // namespace

StuckWorkspace::StuckWorkspace() {
  const std::string running = R"({"statement_id":"s-1","status":{"state":"RUNNING"}})";
  http::Router router;
  router.add("GET", "/api/2.1/unity-catalog/tables/{name}", [](http::Request& request) {
    return json(R"({"full_name":")" + std::string(request.parameter("name")) +
                R"(","table_type":"MANAGED","columns":[{"name":"id","type_text":"bigint"}]})");
  });
  router.add("POST", "/api/2.0/sql/statements", [this, running](http::Request& request) {
    static_cast<void>(request.body().read_all(1 << 20));
    ++submitted_;
    return json(running);
  });
  router.add("GET", "/api/2.0/sql/statements/{id}",
             [running](http::Request&) { return json(running); });
  router.add("POST", "/api/2.0/sql/statements/{id}/cancel", [this](http::Request&) {
    ++cancelled_;
    return json("{}");
  });
  http::ServerOptions options;
  options.listen = "127.0.0.1:0";
  server_ = http::Server::start(std::move(options), std::move(router)).value();
}

}  // namespace sluice::lakehouse::databricks
