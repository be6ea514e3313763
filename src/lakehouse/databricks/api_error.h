#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "http/client.h"
#include "http/message.h"

namespace sluice::lakehouse::databricks {

/// What Databricks says that went wrong, from whatever form it said it in.
struct ApiError {
  int status = 0;              ///< HTTP; 200 for a statement that failed.
  std::string code;            ///< `CATALOG_DOES_NOT_EXIST`; of a statement the class in brackets.
  std::string message;         ///< One line, cut; may quote names and, of some classes, cells.
  std::string sql_state = {};  ///< Of a statement, where it is said: `42601`.
};

/// The code of a page that is no API's: a proxy, a firewall, a host where no workspace is.
inline constexpr const char* html_page = "HTML_PAGE";

/// Reads `{"error_code", "message"}` (a code may be a number), `{"error", "error_description"}`,
/// `{"error": {"status", "message"}}`, `CODE: text`, HTML, the storage's XML, a header alone, and
/// nothing: official clients have met them all.
ApiError api_error_of(const http::ClientResponse& response);

/// Of a statement's `status.error`: the real class is the message's prefix in brackets.
/// A SQLSTATE stands beside it, or in the message's words.
ApiError statement_error_of(std::string_view error_code, std::string_view message,
                            std::string_view sql_state = {});

/// Whose move it is. Decides whether a sync is tried again, and what its status says.
enum class FailureClass {
  transient,     ///< Try again later: busy, starting, a conflict.
  needs_person,  ///< Token, permission, warehouse, storage, quota.
  absent,        ///< What was asked for is not there: an answer, often.
  exists,        ///< It is there already: likewise.
  bug            ///< Databricks does not take what we send.
};

FailureClass classify(const ApiError& error);

/// An Error with cause and remedy, by the tables of error_rules.h, which have all kinds and codes.
/// `unavailable` and `deadline_exceeded` are what is tried again, `internal` is a bug of ours, all
/// others a person's to settle. Never quotes a cell. `doing` begins the sentence: "Making the
/// catalog x".
Error to_error(const ApiError& error, const std::string& doing);

}  // namespace sluice::lakehouse::databricks
