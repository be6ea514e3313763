#include <array>

#include <boost/json/serialize.hpp>

#include "base/testing/fuzz_target.h"
#include "mcp/rpc.h"
#include "mcp/wire.h"

namespace sluice::mcp {
namespace {

namespace json = boost::json;
using fuzz::require;

/// The line before the next line end, taken off; the rest where there is none.
std::string_view line_of(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

void refused(const RpcError& error) {
  require(error.status >= 400 && error.status < 500, "a refusal is the client's fault");
  require(error.code < 0 && !error.message.empty(), "and says what it is");
  const http::Response response = to_response(error);
  const Result<json::value> said = parse_json(std::get<std::string>(response.body));
  require(said && said->at("error").at("code") == error.code, "and is JSON-RPC");
}

/// Three lines are the values of headers (none where empty); the rest is a body.
void rpc(std::string_view input) {
  http::Request request;
  for (const char* name : {"MCP-Protocol-Version", "Mcp-Method", "Mcp-Name"}) {
    if (const std::string_view value = line_of(input); !value.empty()) {
      request.headers.add(name, value);
    }
  }
  const auto read = read_rpc(request, input);
  if (const auto* error = std::get_if<RpcError>(&read)) return refused(*error);
  const RpcMessage& message = std::get<RpcMessage>(read);
  require(message.notification || message.id.is_string() || message.id.is_int64() ||
              message.id.is_uint64(),
          "an id is a text or an integer");
  require(!message.modern || request.headers.get("MCP-Protocol-Version") != "",
          "by the new rules the headers mirror the body");

  json::object written{{"jsonrpc", "2.0"}, {"method", message.method}, {"params", message.params}};
  if (!message.notification) written["id"] = message.id;
  const auto again = read_rpc(request, json::serialize(written));
  const auto* same = std::get_if<RpcMessage>(&again);
  require(same != nullptr && same->method == message.method && same->id == message.id &&
              same->params == message.params && same->modern == message.modern,
          "a message that is written anew reads the same");
}

const fuzz::Target target(__FILE__, rpc);

}  // namespace
}  // namespace sluice::mcp
