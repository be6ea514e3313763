#pragma once

#include <array>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "mcp/tool.h"

namespace sluice::mcp {

/// The texts of the specification (revision 2026-07-28) that both sides use.
inline constexpr std::string_view modern_version = "2026-07-28";
inline constexpr std::array<std::string_view, 3> legacy_versions = {"2025-11-25", "2025-06-18",
                                                                    "2025-03-26"};
inline constexpr std::string_view meta_version = "io.modelcontextprotocol/protocolVersion";
inline constexpr std::string_view meta_capabilities = "io.modelcontextprotocol/clientCapabilities";
inline constexpr std::string_view meta_client_info = "io.modelcontextprotocol/clientInfo";
inline constexpr std::string_view meta_server_info = "io.modelcontextprotocol/serverInfo";
inline constexpr std::string_view meta_error = "io.sluice/error";

inline constexpr int rpc_parse_error = -32700;
inline constexpr int rpc_invalid_request = -32600;
inline constexpr int rpc_method_not_found = -32601;
inline constexpr int rpc_invalid_params = -32602;
inline constexpr int rpc_internal_error = -32603;
inline constexpr int rpc_header_mismatch = -32020;
inline constexpr int rpc_unsupported_version = -32022;

/// An answer's nesting; deeper is an attack on the parser's stack.
inline constexpr std::size_t json_depth_max = 128;

/// JSON of at most `json_depth_max` levels and valid UTF-8. Errors: invalid_argument `bad_json`.
Result<boost::json::value> parse_json(std::string_view text);

/// The `result` of tools/call and back.
boost::json::object result_to_json(const ToolResult& result);
Result<ToolResult> result_from_json(const boost::json::object& in);

/// The member when it is an object or a string; else nullptr.
const boost::json::object* object_at(const boost::json::object& object, std::string_view name);
const boost::json::string* string_at(const boost::json::object& object, std::string_view name);

}  // namespace sluice::mcp
