#include "mcp/rpc.h"

#include <algorithm>
#include <optional>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "base/base64.h"
#include "mcp/wire.h"

namespace sluice::mcp {
namespace json = boost::json;

namespace {

/// The single value of a mirrored header, decoded where it is `=?base64?…?=`.
std::optional<std::string> mirrored(const http::Request& request, std::string_view name) {
  if (request.headers.count(name) != 1) return std::nullopt;
  std::string_view value = request.headers.get(name);
  if (!value.starts_with("=?base64?") || !value.ends_with("?=") || value.size() < 11)
    return std::string(value);
  return base64_decode(value.substr(9, value.size() - 11));
}

bool is_known_legacy(std::string_view version) {
  return version == "2024-11-05" || std::find(legacy_versions.begin(), legacy_versions.end(),
                                              version) != legacy_versions.end();
}

bool is_modern(const http::Request& request, const RpcMessage& message) {
  const json::object* meta = object_at(message.params, "_meta");
  if (meta != nullptr && meta->contains(meta_version)) return true;
  if (message.method == "initialize") return false;
  const std::string* header = request.headers.find("MCP-Protocol-Version");
  return header != nullptr && !is_known_legacy(*header);
}

/// What a method's Mcp-Name mirrors; nullptr when it mirrors nothing.
const json::string* name_of_call(const RpcMessage& message) {
  if (message.method == "tools/call" || message.method == "prompts/get")
    return string_at(message.params, "name");
  if (message.method == "resources/read") return string_at(message.params, "uri");
  return nullptr;
}

std::optional<RpcError> modern_refusal(const http::Request& request, const RpcMessage& message) {
  const json::object* meta = object_at(message.params, "_meta");
  const json::string* version = meta == nullptr ? nullptr : string_at(*meta, meta_version);
  if (version == nullptr || object_at(*meta, meta_capabilities) == nullptr) {
    return RpcError{400, rpc_invalid_params,
                    "params._meta must hold protocolVersion and clientCapabilities.", message.id};
  }
  if (mirrored(request, "MCP-Protocol-Version") != std::string(*version)) {
    return RpcError{400, rpc_header_mismatch, "MCP-Protocol-Version differs from the body.",
                    message.id};
  }
  if (mirrored(request, "Mcp-Method") != message.method) {
    return RpcError{400, rpc_header_mismatch, "Mcp-Method differs from the body.", message.id};
  }
  const json::string* name = name_of_call(message);
  if (name != nullptr && mirrored(request, "Mcp-Name") != std::string(*name)) {
    return RpcError{400, rpc_header_mismatch, "Mcp-Name differs from the body.", message.id};
  }
  if (*version != modern_version) {
    return RpcError{
        400, rpc_unsupported_version, "This protocol version is not supported.", message.id,
        json::object{{"supported", json::array{modern_version}}, {"requested", *version}}};
  }
  return std::nullopt;
}

}  // namespace

std::variant<RpcMessage, RpcError> read_rpc(const http::Request& request, std::string_view body) {
  const Result<json::value> parsed = parse_json(body);
  if (!parsed) return RpcError{400, rpc_parse_error, parsed.error().detail};
  const json::object* object = parsed->if_object();
  if (object == nullptr)
    return RpcError{400, rpc_invalid_request, "Send one JSON-RPC request; no batches."};
  const json::string* version = string_at(*object, "jsonrpc");
  const json::string* method = string_at(*object, "method");
  if (version == nullptr || *version != "2.0" || method == nullptr) {
    return RpcError{400, rpc_invalid_request, "This is not a JSON-RPC 2.0 request."};
  }
  RpcMessage message;
  message.method = std::string(*method);
  const json::value* id = object->if_contains("id");
  message.notification = id == nullptr;
  if (id != nullptr) {
    if (!id->is_string() && !id->is_int64() && !id->is_uint64()) {
      return RpcError{400, rpc_invalid_request, "An id must be a string or an integer."};
    }
    message.id = *id;
  }
  if (const json::value* params = object->if_contains("params")) {
    if (!params->is_object()) {
      return RpcError{400, rpc_invalid_request, "params must be an object.", message.id};
    }
    message.params = params->get_object();
  }
  if (message.notification) return message;
  message.modern = is_modern(request, message);
  if (message.modern) {
    if (auto refused = modern_refusal(request, message)) return *refused;
  }
  return message;
}

http::Response to_response(const RpcError& error) {
  json::object body{{"code", error.code}, {"message", error.message}};
  if (!error.data.empty()) body["data"] = error.data;
  return http::Response::text(
      error.status,
      json::serialize(json::object{{"jsonrpc", "2.0"}, {"id", error.id}, {"error", body}}),
      "application/json");
}

}  // namespace sluice::mcp
