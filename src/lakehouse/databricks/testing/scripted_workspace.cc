#include "lakehouse/databricks/testing/scripted_workspace.h"

namespace sluice::lakehouse::databricks {
namespace {

constexpr std::size_t body_bytes_max = std::size_t{64} << 20U;

std::string path_of(const std::string& target) { return target.substr(0, target.find('?')); }

}  // namespace

ScriptedWorkspace::ScriptedWorkspace() {
  http::Router router;
  for (const char* method : {"GET", "POST", "PUT", "PATCH", "DELETE"}) {
    http::RouteOptions any_size;
    any_size.body_bytes_max = body_bytes_max;
    router.add(
        method, "/{path...}", [this](http::Request& request) { return answer(request); }, any_size);
  }
  http::ServerOptions options;
  options.listen = "127.0.0.1:0";
  server_ = http::Server::start(std::move(options), std::move(router)).value();
}

Connection ScriptedWorkspace::connection() const {
  Connection connection;
  connection.host = url();
  connection.token = "t";
  connection.warehouse_id = "w";
  return connection;
}

void ScriptedWorkspace::on(const std::string& method, const std::string& path,
                           std::vector<Reply> replies) {
  const std::lock_guard lock(mutex_);
  replies_[{method, path}] = std::move(replies);
}

std::vector<ScriptedWorkspace::Call> ScriptedWorkspace::calls() const {
  const std::lock_guard lock(mutex_);
  return calls_;
}

std::vector<std::string> ScriptedWorkspace::lines() const {
  std::vector<std::string> lines;
  for (const Call& call : calls()) lines.push_back(call.method + " " + path_of(call.target));
  return lines;
}

std::vector<std::string> ScriptedWorkspace::bodies(const std::string& method,
                                                   const std::string& path) const {
  std::vector<std::string> bodies;
  for (const Call& call : calls()) {
    if (call.method == method && path_of(call.target) == path) bodies.push_back(call.body);
  }
  return bodies;
}

void ScriptedWorkspace::forget_calls() {
  const std::lock_guard lock(mutex_);
  calls_.clear();
}

http::Response ScriptedWorkspace::answer(http::Request& request) {
  Result<std::string> body = request.body().read_all(body_bytes_max);
  const std::string path = path_of(request.target);
  const std::lock_guard lock(mutex_);
  if (!path.starts_with("/.well-known/")) {
    calls_.push_back({request.method, request.target, body ? *body : "", request.headers});
  }
  Reply reply{404, R"({"error_code":"NOT_FOUND","message":"no script"})"};
  const auto found = replies_.find({request.method, path});
  if (found != replies_.end() && !found->second.empty()) {
    reply = found->second.front();
    if (found->second.size() > 1) found->second.erase(found->second.begin());
  }
  http::Response response = http::Response::text(reply.status, reply.body, "application/json");
  for (const auto& [name, value] : reply.headers) response.headers.set(name, value);
  return response;
}

}  // namespace sluice::lakehouse::databricks
