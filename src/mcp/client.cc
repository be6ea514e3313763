#include "mcp/client.h"

#include <atomic>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "http/client.h"
#include "mcp/error_codes.h"
#include "mcp/sse.h"
#include "mcp/wire.h"

namespace sluice::mcp {
namespace json = boost::json;

namespace {

tl::unexpected<Error> bad_answer(std::string detail) {
  return fail(Errc::internal, Code::mcp_bad_answer, std::move(detail),
              "Is this the address of an MCP server?");
}

/// A JSON-RPC error of the server as an Error of ours.
Error rpc_error(const json::object& error) {
  const json::value* code = error.if_contains("code");
  const std::int64_t number = code != nullptr && code->is_int64() ? code->get_int64() : 0;
  const json::string* text = string_at(error, "message");
  const std::string message = text == nullptr ? "no message" : std::string(*text);
  const std::string detail =
      "The MCP server refused: " + message + " (" + std::to_string(number) + ").";
  if (number == rpc_invalid_params)
    return {Errc::invalid_argument, Code::mcp_invalid_params, detail, {}};
  if (number == rpc_internal_error) return {Errc::internal, Code::mcp_internal_error, detail, {}};
  return {Errc::invalid_argument, Code::mcp_refused, detail,
          "Check that both sides speak 2026-07-28."};
}

Error status_error(int status) {
  const std::string said = "The MCP server answered with HTTP " + std::to_string(status) + ".";
  if (status == 401)
    return {Errc::unauthenticated, Code::mcp_key_refused, said, "Check MCP_API_KEY on both sides."};
  if (status == 403)
    return {Errc::permission_denied, Code::mcp_forbidden, said,
            "Check the key and the server's allowed hosts."};
  if (status == 429 || status >= 500) return {Errc::unavailable, Code::mcp_unavailable, said, {}};
  if (status == 413) return {Errc::too_large, Code::mcp_request_too_large, said, {}};
  return {Errc::invalid_argument, Code::mcp_refused, said, "Is this the address of an MCP server?"};
}

/// One exchange: collects the answer, whichever of the two forms it has.
struct Exchange {
  Exchange(const ClientOptions& client_in, const CallOptions& call_in, std::string id_in)
      : client(client_in),
        call(call_in),
        id(std::move(id_in)),
        events(client_in.answer_bytes_max, [this](std::string_view data) { return take(data); }) {}

  const ClientOptions& client;
  const CallOptions& call;
  const std::string id;
  bool is_stream = false;
  int status = 0;
  std::string body;
  std::size_t bytes = 0;
  std::optional<json::object> answer;
  std::chrono::steady_clock::time_point last_byte = std::chrono::steady_clock::now();
  SseReader events;

  Result<void> head(const http::ClientResponse& response) {
    status = response.status;
    is_stream =
        status == 200 && response.headers.get("Content-Type").starts_with("text/event-stream");
    last_byte = std::chrono::steady_clock::now();
    return {};
  }
  Result<void> chunk(std::string_view piece) {
    last_byte = std::chrono::steady_clock::now();
    if (call.on_alive) call.on_alive();
    if (is_stream) return events.feed(piece);
    bytes += piece.size();
    if (bytes > client.answer_bytes_max) {
      return fail(
          Errc::too_large, Code::mcp_answer_too_large,
          "The answer is larger than " + std::to_string(client.answer_bytes_max) + " bytes.");
    }
    body.append(piece);
    return {};
  }
  Result<void> tick() const {
    if (std::chrono::steady_clock::now() - last_byte < client.silence_max) return {};
    return fail(Errc::unavailable, Code::mcp_silent,
                "The MCP server has been silent for too long.");
  }
  Result<void> take(std::string_view text);
  void progress(const json::object& params) const;
};

Result<void> Exchange::take(std::string_view text) {
  TRY_ASSIGN(json::value parsed, parse_json(text).or_else([](const Error&) -> Result<json::value> {
    return bad_answer("The MCP server's answer is not JSON.");
  }));
  json::object* message = parsed.if_object();
  if (message == nullptr) return bad_answer("The MCP server's answer is not an object.");
  if (const json::string* method = string_at(*message, "method")) {
    const json::object* params = object_at(*message, "params");
    if (*method == "notifications/progress" && params != nullptr) progress(*params);
    return {};
  }
  const json::string* its_id = string_at(*message, "id");
  const json::object* error = object_at(*message, "error");
  if (error == nullptr && (its_id == nullptr || *its_id != id))
    return bad_answer("The answer has another id.");
  if (!answer) answer = std::move(*message);
  return {};
}

void Exchange::progress(const json::object& params) const {
  const json::value* value = params.if_contains("progress");
  if (!call.on_progress || value == nullptr || !value->is_number()) return;
  std::optional<double> total;
  if (const json::value* whole = params.if_contains("total");
      whole != nullptr && whole->is_number()) {
    total = whole->to_number<double>();
  }
  const json::string* text = string_at(params, "message");
  call.on_progress(value->to_number<double>(), total,
                   text == nullptr ? std::string() : std::string(*text));
}

}  // namespace

struct Client::Impl {
  explicit Impl(ClientOptions options_in)
      : options(std::move(options_in)), http(options.name + "/" + options.version) {}

  const ClientOptions options;
  http::Client http;
  std::atomic<std::uint64_t> next_id{1};

  /// The `result` of one JSON-RPC request.
  Result<json::object> request(const std::string& method, json::object params,
                               const std::string& name, const CallOptions& call);
};

Result<json::object> Client::Impl::request(const std::string& method, json::object params,
                                           const std::string& name, const CallOptions& call) {
  Exchange exchange(options, call, "s" + std::to_string(next_id++));
  json::object meta{
      {meta_version, modern_version},
      {meta_capabilities, json::object()},
      {meta_client_info, json::object{{"name", options.name}, {"version", options.version}}}};
  if (call.on_progress) meta["progressToken"] = exchange.id;
  params["_meta"] = std::move(meta);

  http::ClientRequest request;
  request.method = "POST";
  request.url = options.url;
  request.body = json::serialize(json::object{
      {"jsonrpc", "2.0"}, {"id", exchange.id}, {"method", method}, {"params", std::move(params)}});
  request.headers.add("Content-Type", "application/json");
  request.headers.add("Accept", "application/json, text/event-stream");
  request.headers.add("MCP-Protocol-Version", modern_version);
  request.headers.add("Mcp-Method", method);
  if (!name.empty()) request.headers.add("Mcp-Name", name);
  if (!options.key.empty()) request.headers.add("Authorization", "Bearer " + options.key);
  request.connect_timeout = options.connect_timeout;
  request.deadline = call.deadline;
  request.low_speed_time = std::chrono::seconds(0);  // the silence clock is ours
  request.stop_token = call.stop_token;

  http::ClientStream stream;
  stream.on_head = [&](const http::ClientResponse& head) { return exchange.head(head); };
  stream.on_chunk = [&](std::string_view piece) { return exchange.chunk(piece); };
  stream.on_tick = [&] { return exchange.tick(); };
  TRY(http.stream(request, stream));
  if (!exchange.is_stream) {
    const Result<void> taken = exchange.take(exchange.body);
    // A refusal before the protocol has a body of its own: there the status says more.
    if (!taken && exchange.status != 200) return fail(status_error(exchange.status));
    TRY(taken);
  }
  if (!exchange.answer) {
    return fail(Errc::unavailable, Code::mcp_cut_off,
                "The MCP server's answer ended before its result.");
  }
  if (const json::object* error = object_at(*exchange.answer, "error")) {
    if (exchange.status == 429 || exchange.status >= 500)
      return fail(status_error(exchange.status));
    return fail(rpc_error(*error));
  }
  if (exchange.status != 200) return fail(status_error(exchange.status));
  const json::object* result = object_at(*exchange.answer, "result");
  if (result == nullptr) return bad_answer("The MCP server's answer has no result.");
  const json::string* type = string_at(*result, "resultType");
  if (type != nullptr && *type != "complete") {
    return bad_answer("The MCP server wants a conversation that was not offered.");
  }
  return *result;
}

Client::Client(ClientOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Client::~Client() = default;

Result<ToolResult> Client::call_tool(const std::string& name, const json::object& arguments,
                                     const CallOptions& options) {
  json::object params{{"name", name}, {"arguments", arguments}};
  TRY_ASSIGN(const json::object result,
             impl_->request("tools/call", std::move(params), name, options));
  return result_from_json(result);
}

Result<std::vector<ToolInfo>> Client::list_tools(const CallOptions& options) {
  constexpr int pages_max = 100;
  std::vector<ToolInfo> tools;
  std::string cursor;
  for (int page = 0; page < pages_max; ++page) {
    json::object params;
    if (!cursor.empty()) params["cursor"] = cursor;
    TRY_ASSIGN(const json::object result,
               impl_->request("tools/list", std::move(params), {}, options));
    const json::value* list = result.if_contains("tools");
    if (list == nullptr || !list->is_array())
      return bad_answer("The list of tools is not an array.");
    for (const json::value& item : list->get_array()) {
      const json::object* object = item.if_object();
      const json::string* name = object == nullptr ? nullptr : string_at(*object, "name");
      if (name == nullptr) return bad_answer("A tool has no name.");
      const auto text = [&](std::string_view key) {
        const json::string* value = string_at(*object, key);
        return value == nullptr ? std::string() : std::string(*value);
      };
      const json::object* schema = object_at(*object, "inputSchema");
      tools.push_back({std::string(*name), text("title"), text("description"),
                       schema == nullptr ? json::object() : *schema});
    }
    const json::string* next = string_at(result, "nextCursor");
    if (next == nullptr || next->empty()) break;
    cursor = std::string(*next);
  }
  return tools;
}

}  // namespace sluice::mcp
