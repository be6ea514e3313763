#pragma once

#include <string>
#include <variant>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "http/message.h"

namespace sluice::mcp {

/// A JSON-RPC refusal and the HTTP status that goes with it.
struct RpcError {
  int status = 400;
  int code = 0;
  std::string message;
  boost::json::value id = nullptr;
  boost::json::object data = {};
};

/// One accepted JSON-RPC message.
struct RpcMessage {
  boost::json::value id;  ///< String or integer, exactly as sent.
  bool notification = false;
  bool modern = false;  ///< By the rules of 2026-07-28, else by those of the handshake revisions.
  std::string method;
  boost::json::object params;
};

/// Steps 5 to 8c of the order of decisions: parse, validate the envelope, choose the era, check the
/// modern headers against the body.
std::variant<RpcMessage, RpcError> read_rpc(const http::Request& request, std::string_view body);

http::Response to_response(const RpcError& error);

}  // namespace sluice::mcp
