#include "mcp/server.h"

#include <algorithm>
#include <mutex>
#include <set>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "base/log.h"
#include "mcp/error_codes.h"
#include "mcp/request_guard.h"
#include "mcp/rpc.h"
#include "mcp/running_call.h"
#include "mcp/schema.h"
#include "mcp/wire.h"

namespace sluice::mcp {
namespace json = boost::json;

namespace {

constexpr std::size_t body_bytes_max = 4U << 20;  // as both official SDKs
constexpr std::int64_t list_ttl_ms = 300'000;     // the tools change with a release only

struct Registered {
  json::object input_schema;
  json::object listing;  ///< The tool as tools/list shows it.
};

Result<json::object> schema_of(const Tool& tool, const std::string& text) {
  const Result<json::value> parsed = parse_json(text);
  const json::object* object = parsed ? parsed->if_object() : nullptr;
  const json::string* type = object == nullptr ? nullptr : string_at(*object, "type");
  if (type == nullptr || *type != "object") {
    return fail(Errc::invalid_argument, Code::bad_tool,
                "A schema of " + tool.name + " is not a JSON object with type object.");
  }
  return *object;
}

/// The handler, with its answers held against the tool's own schema: a client would refuse what
/// does not fit, and could not say whose fault it is.
std::function<ToolResult(ToolCall&)> checked(std::string name, json::object schema,
                                             std::function<ToolResult(ToolCall&)> handler) {
  return [name = std::move(name), schema = std::move(schema),
          handler = std::move(handler)](ToolCall& call) {
    ToolResult result = handler(call);
    if (result.error) return result;
    const json::value answer =
        result.structured ? json::value(*result.structured) : json::value(nullptr);
    const auto problem = schema_problem(schema, answer, "structuredContent");
    if (!problem) return result;
    log::error("a tool's answer does not fit its schema",
               {{"tool", name}, {"problem", *problem}, {"request_id", call.request_id}});
    ToolResult failed = ToolResult::failed(
        Error{Errc::internal, Code::tool_answer_invalid,
              "The answer of " + name + " does not fit its output schema: " + *problem + ".",
              "Report it with the request id " + call.request_id + "."});
    failed.meta = std::move(result.meta);
    return failed;
  };
}

}  // namespace

struct Server::Impl {
  explicit Impl(ServerOptions options_in) : options(std::move(options_in)) {}

  const ServerOptions options;
  std::vector<Tool> tools;
  std::vector<Registered> registered;  ///< Same order as `tools`.
  std::mutex mutex;
  std::set<RunningCall*> running;

  http::Response handle(http::Request& request);
  http::Response dispatch(http::Request& request, const RpcMessage& message);
  http::Response call(http::Request& request, const RpcMessage& message);
  http::Response answer(const RpcMessage& message, json::object result) const;
  std::string envelope(const RpcMessage& message, json::object result) const;
  std::shared_ptr<RunningCall> run(RunningCall::Start start);
  json::object server_info() const {
    return {{"name", options.name}, {"title", options.title}, {"version", options.version}};
  }
  json::object initialized(const RpcMessage& message) const;
  json::object discovered() const;
  json::object listed(bool modern) const;
};

std::string Server::Impl::envelope(const RpcMessage& message, json::object result) const {
  if (message.modern) {
    result["resultType"] = "complete";
    if (!result.contains("_meta")) result["_meta"] = json::object();
    result["_meta"].as_object()[meta_server_info] = server_info();
  }
  return json::serialize(
      json::object{{"jsonrpc", "2.0"}, {"id", message.id}, {"result", std::move(result)}});
}

http::Response Server::Impl::answer(const RpcMessage& message, json::object result) const {
  return http::Response::text(200, envelope(message, std::move(result)), "application/json");
}

json::object Server::Impl::initialized(const RpcMessage& message) const {
  const json::string* wanted = string_at(message.params, "protocolVersion");
  std::string_view version = legacy_versions.front();
  for (const std::string_view known : legacy_versions) {
    if (wanted != nullptr && *wanted == known) version = known;
  }
  json::object result{{"protocolVersion", version},
                      {"capabilities", json::object{{"tools", json::object()}}},
                      {"serverInfo", server_info()}};
  if (!options.instructions.empty()) result["instructions"] = options.instructions;
  return result;
}

json::object Server::Impl::discovered() const {
  json::object result{{"supportedVersions", json::array{modern_version}},
                      {"capabilities", json::object{{"tools", json::object()}}},
                      {"serverInfo", server_info()},
                      {"ttlMs", list_ttl_ms},
                      {"cacheScope", "private"}};
  if (!options.instructions.empty()) result["instructions"] = options.instructions;
  return result;
}

json::object Server::Impl::listed(bool modern) const {
  json::array list;
  for (const Registered& entry : registered) list.push_back(entry.listing);
  json::object result{{"tools", std::move(list)}};
  if (modern) {
    result["ttlMs"] = list_ttl_ms;
    result["cacheScope"] = "private";
  }
  return result;
}

http::Response Server::Impl::handle(http::Request& request) {
  if (auto refused = refusal_of(options, request)) return std::move(*refused);
  const Result<std::string> body = request.body().read_all(body_bytes_max);
  if (!body)
    return http::Response::text(http::status_for(body.error().kind), body.error().detail + "\n");
  const auto read = read_rpc(request, *body);
  if (const RpcError* error = std::get_if<RpcError>(&read)) return to_response(*error);
  const RpcMessage& message = std::get<RpcMessage>(read);
  if (message.notification) return http::Response::empty(202);
  return dispatch(request, message);
}

http::Response Server::Impl::dispatch(http::Request& request, const RpcMessage& message) {
  if (message.method == "tools/call") return call(request, message);
  if (message.method == "tools/list") {
    const json::value* cursor = message.params.if_contains("cursor");
    if (cursor == nullptr || cursor->is_null()) return answer(message, listed(message.modern));
    return to_response({200, rpc_invalid_params, "There are no further pages.", message.id});
  }
  if (message.modern && message.method == "server/discover") return answer(message, discovered());
  if (!message.modern && message.method == "initialize")
    return answer(message, initialized(message));
  if (!message.modern && message.method == "ping") return answer(message, {});
  return to_response({message.modern ? 404 : 200, rpc_method_not_found,
                      "There is no method of this name.", message.id});
}

std::shared_ptr<RunningCall> Server::Impl::run(RunningCall::Start start) {
  std::shared_ptr<RunningCall> call(new RunningCall(std::move(start)), [this](RunningCall* ended) {
    {
      const std::lock_guard<std::mutex> lock(mutex);
      running.erase(ended);
    }
    delete ended;
  });
  const std::lock_guard<std::mutex> lock(mutex);
  running.insert(call.get());
  return call;
}

http::Response Server::Impl::call(http::Request& request, const RpcMessage& message) {
  const json::string* name = string_at(message.params, "name");
  const auto found = std::find_if(tools.begin(), tools.end(), [&](const Tool& tool) {
    return name != nullptr && *name == tool.name;
  });
  if (found == tools.end())
    return to_response({200, rpc_invalid_params, "There is no tool of this name.", message.id});
  RunningCall::Start start;
  start.tool = &*found;
  start.request_id = request.request_id;
  start.progress_interval = options.progress_interval;
  if (const json::value* arguments = message.params.if_contains("arguments")) {
    if (!arguments->is_object()) {
      return to_response({200, rpc_invalid_params, "arguments must be an object.", message.id});
    }
    start.arguments = arguments->get_object();
  }
  if (const json::object* meta = object_at(message.params, "_meta")) {
    const json::value* token = meta->if_contains("progressToken");
    if (token != nullptr && (token->is_string() || token->is_int64() || token->is_uint64()))
      start.progress_token = *token;
  }
  const Registered& entry = registered[static_cast<std::size_t>(found - tools.begin())];
  // A result and no protocol error, so that the model reads it and can do better (SEP-1303).
  if (const auto problem = schema_problem(entry.input_schema, start.arguments)) {
    return answer(message, result_to_json(ToolResult::failed(
                               Error{Errc::invalid_argument, Code::bad_arguments, *problem + ".",
                                     "Look at the tool's input schema."})));
  }
  const bool may_stream = accepts(request, "text/event-stream");
  const bool stream_now = may_stream && !start.progress_token.is_null();
  const std::shared_ptr<RunningCall> running_call = run(std::move(start));
  // Closing the connection cancels a modern call; for legacy clients it says nothing (2025-11-25,
  // transports).
  const auto cancel = [raw = running_call.get(), modern = message.modern] {
    if (modern) raw->cancel();
  };
  if (!stream_now) {
    const std::stop_callback watch(request.stop_token, cancel);
    bool done = running_call->wait(options.json_wait);
    while (!done && !may_stream) done = running_call->wait(std::chrono::seconds(1));
    if (done) return answer(message, result_to_json(running_call->result()));
  }
  http::Response response;
  response.headers.add("Content-Type", "text/event-stream");
  response.headers.add("Cache-Control", "no-cache");
  response.headers.add("X-Accel-Buffering", "no");
  response.body = http::StreamBody(
      [this, running_call, message, cancel, stop = request.stop_token](http::BodyWriter& out) {
        const std::stop_callback watch(stop, cancel);
        return running_call->stream(out, options.comment_interval, message.modern, [&] {
          return envelope(message, result_to_json(running_call->result()));
        });
      });
  return response;
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::create(ServerOptions options) {
  if (options.key.empty() && !options.allow_no_key) {
    return fail(Errc::invalid_argument, Code::mcp_key_missing, "The MCP server has no key.",
                "Set MCP_API_KEY.");
  }
  return std::unique_ptr<Server>(new Server(std::make_unique<Impl>(std::move(options))));
}

Result<void> Server::add(Tool tool) {
  for (const Tool& other : impl_->tools) {
    if (other.name == tool.name)
      return fail(Errc::conflict, Code::tool_exists,
                  "The tool " + tool.name + " is there already.");
  }
  if (tool.name.empty() || tool.description.empty() || !tool.handler) {
    return fail(Errc::invalid_argument, Code::bad_tool,
                "A tool needs a name, a description and a handler.");
  }
  TRY_ASSIGN(json::object input, schema_of(tool, tool.input_schema));
  Registered entry;
  entry.listing =
      json::object{{"name", tool.name},
                   {"title", tool.title},
                   {"description", tool.description},
                   {"inputSchema", input},
                   {"annotations", json::object{{"title", tool.title},
                                                {"readOnlyHint", tool.annotations.read_only},
                                                {"destructiveHint", tool.annotations.destructive},
                                                {"idempotentHint", tool.annotations.idempotent},
                                                {"openWorldHint", tool.annotations.open_world}}}};
  if (!tool.output_schema.empty()) {
    TRY_ASSIGN(json::object output, schema_of(tool, tool.output_schema));
    tool.handler = checked(tool.name, output, std::move(tool.handler));
    entry.listing["outputSchema"] = std::move(output);
  }
  entry.input_schema = std::move(input);
  impl_->registered.push_back(std::move(entry));
  impl_->tools.push_back(std::move(tool));
  return {};
}

const std::vector<Tool>& Server::tools() const { return impl_->tools; }

void Server::mount(http::Router& router) {
  Impl* impl = impl_.get();
  router.add("POST", "/mcp", [impl](http::Request& request) { return impl->handle(request); },
             {false, body_bytes_max});
  // Clients probe for OAuth after a 401; a plain 404 ends that quickly.
  router.add("GET", "/.well-known/{path...}",
             [](http::Request&) { return http::Response::text(404, "Not here.\n"); }, {true, {}});
}

void Server::cancel_all() {
  const std::lock_guard<std::mutex> lock(impl_->mutex);
  for (RunningCall* call : impl_->running) call->cancel();
}

}  // namespace sluice::mcp
