#pragma once

#include "base/error_code.h"

namespace sluice::mcp_tools {

/// The codes of this room's errors. docs/errors.md lists them.
#define SLUICE_MCP_TOOLS_CODES(CODE) \
  CODE(mcp_key_mismatch, "The API does not take the MCP server's key.")
SLUICE_ERROR_CODES(Code, SLUICE_MCP_TOOLS_CODES)

}  // namespace sluice::mcp_tools
