#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "http/client.h"
#include "http/message.h"

namespace sluice::lakehouse::databricks {

/// What Databricks says that went wrong, from whatever form it said it in.
struct ApiError {
  int status = 0;       ///< HTTP; 200 for a statement that failed.
  std::string code;     ///< `CATALOG_DOES_NOT_EXIST`; of a statement the class in brackets.
  std::string message;  ///< One line, cut; may quote names, never a value of a cell.
};

/// Reads `{"error_code", "message"}` (a code may be a number), `{"error", "error_description"}`,
/// `CODE: text`, HTML and nothing: official clients have met them all.
ApiError api_error_of(const http::ClientResponse& response);

/// Of a statement's `status.error`: the real class is the message's prefix in brackets.
ApiError statement_error_of(std::string_view error_code, std::string_view message);

/// Whose move it is. Decides whether a sync is tried again, and what its status says.
enum class FailureClass {
  transient,     ///< Try again later: busy, starting, a conflict.
  needs_person,  ///< Token, permission, warehouse, storage, quota.
  absent,        ///< What was asked for is not there: an answer, often.
  exists,        ///< It is there already: likewise.
  bug            ///< Databricks does not take what we send.
};

FailureClass classify(const ApiError& error);

/// An Error with cause and remedy. Kinds: `unavailable` (`databricks_busy`, `databricks_conflict`,
/// `databricks_unavailable`), `unauthenticated` (`databricks_token`), `permission_denied`
/// (`databricks_permission`, `databricks_warehouse`, `databricks_storage`, `databricks_quota`,
/// `databricks_host`, `databricks_catalog_storage`, `databricks_serverless`,
/// `databricks_governed_tag`, `databricks_table_place`),
/// `not_found` (`databricks_absent`), `conflict` (`databricks_exists`), `internal`
/// (`databricks_bug`). `doing` begins the sentence: "Making the catalog x".
Error to_error(const ApiError& error, const std::string& doing);

}  // namespace sluice::lakehouse::databricks
