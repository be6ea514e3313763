#pragma once

#include "lakehouse/databricks/api_error.h"

namespace sluice::lakehouse::databricks {

/// The error that people read of what Databricks said: the body of an answer of that status, or
/// with 200 a failed statement's message.
inline Error error_of_said(int status, const char* said) {
  if (status == 200) return to_error(statement_error_of("BAD_REQUEST", said), "Doing");
  http::ClientResponse response;
  response.status = status;
  response.body = said;
  return to_error(api_error_of(response), "Doing");
}

}  // namespace sluice::lakehouse::databricks
