#pragma once

#include "base/error_code.h"

namespace sluice::mcp {

/// The codes of this room's errors. docs/errors.md lists them.
#define SLUICE_MCP_CODES(CODE)                                                                   \
  CODE(bad_arguments, "A tool's arguments do not fit its input schema.")                         \
  CODE(bad_tool, "A tool of the MCP server was declared wrongly.")                               \
  CODE(mcp_answer_too_large, "The MCP server's answer is larger than the worker takes.")         \
  CODE(mcp_bad_answer, "The other side's answer is not one of an MCP server.")                   \
  CODE(mcp_cut_off, "The MCP server's answer ended before its result.")                          \
  CODE(mcp_forbidden, "The MCP server refuses the worker.")                                      \
  CODE(mcp_internal_error, "The MCP server says that something is broken in it.")                \
  CODE(mcp_invalid_params, "The MCP server does not take the call's parameters.")                \
  CODE(mcp_key_missing, "The MCP server has no key.")                                            \
  CODE(mcp_key_refused, "The MCP server does not take the worker's key.")                        \
  CODE(mcp_refused, "The MCP server refuses the call.")                                          \
  CODE(mcp_request_too_large, "The call is larger than the MCP server takes.")                   \
  CODE(mcp_silent, "The MCP server gave no sign of life for too long.")                          \
  CODE(mcp_unavailable, "The MCP server cannot answer now.")                                     \
  CODE(tool_answer_invalid, "A tool's answer does not fit its output schema, and was not sent.") \
  CODE(tool_exists, "Two tools have the same name.")                                             \
  CODE(tool_failed, "A tool of another MCP server failed, and gave no code.")
SLUICE_ERROR_CODES(Code, SLUICE_MCP_CODES)

}  // namespace sluice::mcp
