#pragma once

#include <optional>
#include <string>

#include <boost/json/value.hpp>

#include "base/result.h"
#include "http/client.h"

namespace sluice::lakehouse::databricks {

/// A presigned address of the cloud's storage as the Files API names one, `{"url", "headers":
/// [{"name", "value"}]}`, or the first of a list of them, as the beginning of a request. Nothing
/// where the answer has none, or one that cannot be used.
std::optional<http::ClientRequest> presigned_request(const boost::json::value& answer,
                                                     const char* name);

/// When such an address is to end, an hour from now (RFC 3339).
std::string presigned_expiry();

}  // namespace sluice::lakehouse::databricks
