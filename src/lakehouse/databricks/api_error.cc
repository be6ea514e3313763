#include "lakehouse/databricks/api_error.h"

#include <algorithm>
#include <array>
#include <regex>

#include <boost/json.hpp>

#include "base/utf8.h"
#include "lakehouse/error_codes.h"

namespace sluice::lakehouse::databricks {
namespace {

namespace json = boost::json;

constexpr std::size_t message_bytes_max = 400;

/// One printable line: what a server sends ends in a status page and in logs.
std::string one_line(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool blank = static_cast<unsigned char>(c) <= ' ';
    if (blank && (out.empty() || out.back() == ' ')) continue;
    out += blank ? ' ' : c;
    if (out.size() >= message_bytes_max) break;
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return as_utf8(out);
}

std::string text_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(json::string_view(name.data(), name.size()));
  if (value == nullptr || value->is_null()) return {};
  if (value->is_string()) return std::string(value->get_string());
  return json::serialize(*value);
}

/// std::regex takes a stack frame per character.
constexpr std::size_t looked_at_bytes_max = 4'096;

std::string from_html(const std::string& body) {
  static const std::regex text("<(pre|title)>([^<]*)</", std::regex::icase);
  std::smatch match;
  return std::regex_search(body, match, text) ? match[2].str() : "an HTML page";
}

bool is_any(std::string_view code, std::initializer_list<std::string_view> parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](std::string_view part) { return code.find(part) != code.npos; });
}

bool is_transient(const ApiError& error) {
  if (error.status == 429 || error.status == 408 || error.status >= 500) return true;
  return is_any(error.code,
                {"DELTA_CONCURRENT_", "DELTA_METADATA_CHANGED", "DELTA_PROTOCOL_CHANGED",
                 "TEMPORARILY_UNAVAILABLE", "RESOURCE_EXHAUSTED", "DEADLINE_EXCEEDED",
                 "SERVICE_UNDER_MAINTENANCE", "ABORTED", "CANCELLED", "IO_ERROR",
                 "REQUEST_LIMIT_EXCEEDED", "INTERNAL_ERROR"}) ||
         is_any(error.message,
                {"RPC token bucket limit has been exceeded", "Please try again later",
                 "ClusterNotReadyException", "ConcurrentModification"});
}

struct Advice {
  Errc kind;
  Code code;
  const char* remedy;
};

/// A way of some workspaces that has a remedy of its own. Asked before all general rules.
struct Rule {
  std::string_view code;     ///< A part of the error's; empty: any.
  std::string_view message;  ///< Likewise.
  Advice advice;
};

constexpr std::string_view redirect_code = "REDIRECT";

constexpr std::array rules{
    Rule{"CANNOT_DROP_TAGGED_COLUMN",
         "",
         {Errc::permission_denied, Code::databricks_governed_tag,
          "Take the governed tags off the table's columns, and sync again."}},
    Rule{"DELTA_TABLE_LOCATION_MISMATCH",
         "",
         {Errc::permission_denied, Code::databricks_table_place,
          "Drop the dataset's tables (DELETE /api/v1/datasets/{id}/databricks), and sync again."}},
    Rule{"",
         "Default Storage cannot be accessed",
         {Errc::permission_denied, Code::databricks_serverless,
          "Set DATABRICKS_WAREHOUSE_ID to a serverless SQL warehouse, and sync again."}},
    Rule{"INVALID_STATE",
         "storage root",
         {Errc::permission_denied, Code::databricks_catalog_storage,
          "Make the catalog in Catalog Explorer, or set DATABRICKS_CATALOG_STORAGE_ROOT "
          "(docs/databricks.md), and sync again."}},
    Rule{"",
         "nline byte limit exceeded",
         {Errc::too_large, Code::remote_too_large, "Ask for less at once."}},
    Rule{
        "RESULT_TOO_LARGE", "", {Errc::too_large, Code::remote_too_large, "Ask for less at once."}},
    Rule{redirect_code,
         "private-link",
         {Errc::permission_denied, Code::databricks_host,
          "The workspace is reached by private link only: run Sluice inside that network, or have "
          "its public access allowed for this machine; then sync again."}},
    Rule{redirect_code,
         "",
         {Errc::permission_denied, Code::databricks_host,
          "DATABRICKS_HOST must be the workspace's own address; where it is that of a whole "
          "account, set DATABRICKS_WORKSPACE_ID as well (the number behind `?o=` in the browser). "
          "Then sync again."}},
};

const Rule* rule_of(const ApiError& error) {
  for (const Rule& rule : rules) {
    const bool has_code = error.code.find(rule.code) != std::string::npos;
    if (has_code && error.message.find(rule.message) != std::string::npos) return &rule;
  }
  return nullptr;
}

/// Only what the page is for: the rest of the address may hold what is private.
std::string redirect_message(std::string_view location) {
  if (location.find("private-link") != location.npos) {
    return "private-link-validation-error, by a redirect to the sign-in page";
  }
  return location.find("login") == location.npos ? "a redirect to another page"
                                                 : "a redirect to the sign-in page";
}

Advice advice_for_person(const ApiError& error) {
  if (const Rule* rule = rule_of(error)) return rule->advice;
  if (error.status == 401 || is_any(error.code, {"UNAUTHENTICATED", "invalid_client"}) ||
      is_any(error.message, {"Invalid access token", "Invalid Token", "invalid_client"})) {
    return {
        Errc::unauthenticated, Code::databricks_token,
        "Set a valid DATABRICKS_TOKEN, or DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET, and "
        "sync again."};
  }
  if (is_any(error.code, {"WAREHOUSE", "ENDPOINT_NOT_FOUND"}) ||
      is_any(error.message, {"warehouse", "Warehouse"})) {
    return {
        Errc::permission_denied, Code::databricks_warehouse,
        "Set DATABRICKS_WAREHOUSE_ID to a SQL warehouse that our principal may use (CAN USE), and "
        "sync again."};
  }
  if (is_any(error.code, {"QUOTA", "LIMIT_EXCEEDED"})) {
    return {Errc::permission_denied, Code::databricks_quota,
            "Have the quota raised, or use DATABRICKS_ISOLATION=schema, and sync again."};
  }
  if (is_any(error.code, {"EXTERNAL_LOCATION", "LOCATION_OVERLAP", "STORAGE"}) ||
      is_any(error.message, {"LOCATION_OVERLAP", "external location", "storage root",
                             "storage credential", "Metastore storage"})) {
    return {Errc::permission_denied, Code::databricks_storage,
            "Check DATABRICKS_EXTERNAL_LOCATION and the storage of the catalog "
            "(docs/databricks.md), and "
            "sync again."};
  }
  return {Errc::permission_denied, Code::databricks_permission,
          "Grant it to our principal (docs/databricks.md has the statements), and sync again."};
}

bool needs_person(const ApiError& error) {
  if (error.status == 401 || error.status == 403) return true;
  return is_any(error.code, {"PERMISSION_DENIED", "UNAUTHENTICATED", "INSUFFICIENT_PRIVILEGES",
                             "INSUFFICIENT_PERMISSIONS", "QUOTA", "LIMIT_EXCEEDED",
                             "LOCATION_OVERLAP", "NO_PARENT_EXTERNAL_LOCATION",
                             "EXTERNAL_LOCATION_DOES_NOT_EXIST", "WAREHOUSE", "invalid_client"}) ||
         is_any(error.message, {"LOCATION_OVERLAP", "PERMISSION_DENIED", "does not have permission",
                                "NO_PARENT_EXTERNAL_LOCATION"});
}

}  // namespace

ApiError api_error_of(const http::ClientResponse& response) {
  const std::string beginning = response.body.substr(0, looked_at_bytes_max);
  ApiError error{response.status, {}, {}};
  if (response.status >= 300 && response.status <= 399) {
    return {response.status, std::string(redirect_code),
            redirect_message(response.headers.get("Location"))};
  }
  boost::system::error_code bad;
  const json::value body = json::parse(response.body, bad);
  if (!bad && body.is_object()) {
    const json::object& object = body.get_object();
    for (const char* name : {"error_code", "errorCode", "error"}) {
      if (error.code.empty()) error.code = one_line(text_of(object, name));
    }
    for (const char* name : {"message", "error_description", "errorSummary", "detail"}) {
      if (error.message.empty()) error.message = one_line(text_of(object, name));
    }
  } else if (response.body.find('<') != std::string::npos) {
    error.message = one_line(from_html(beginning));
  } else {
    static const std::regex plain("^\\s*([A-Z][A-Z0-9_.]+): ");
    std::smatch match;
    if (std::regex_search(beginning, match, plain)) error.code = match[1];
    error.message = one_line(response.body);
  }
  if (error.message.empty()) error.message = "HTTP " + std::to_string(response.status);
  return error;
}

ApiError statement_error_of(std::string_view error_code, std::string_view message) {
  ApiError error{200, std::string(error_code), one_line(message)};
  // "[TABLE_OR_VIEW_NOT_FOUND] The table …"; sometimes behind an exception's name. Unity Catalog's
  // own come as "[RequestId=… ErrorClass=INVALID_STATE] …".
  static const std::regex bracketed(
      "\\[(?:RequestId=[^ \\]]* ErrorClass=)?([A-Z][A-Z0-9_]+(?:\\.[A-Z0-9_]+)*)\\]");
  std::smatch match;
  if (std::regex_search(error.message, match, bracketed)) error.code = match[1];
  return error;
}

FailureClass classify(const ApiError& error) {
  if (rule_of(error) != nullptr) return FailureClass::needs_person;
  // Before the status: a throttled information schema is RESOURCE_EXHAUSTED.…LIMIT_EXCEEDED.
  if (is_transient(error)) return FailureClass::transient;
  if (needs_person(error)) return FailureClass::needs_person;
  if (is_any(error.code, {"_ALREADY_EXISTS", "ALREADY_EXISTS"}) || error.status == 409) {
    return FailureClass::exists;
  }
  if (error.status == 404 || is_any(error.code, {"_DOES_NOT_EXIST", "_NOT_FOUND", "NOT_FOUND"})) {
    return FailureClass::absent;
  }
  return FailureClass::bug;
}

Error to_error(const ApiError& error, const std::string& doing) {
  const std::string detail = doing + ": Databricks says " +
                             (error.code.empty() ? std::string() : error.code + ", ") +
                             error.message;
  switch (classify(error)) {
    case FailureClass::transient: {
      const bool conflict = is_any(error.code, {"DELTA_"});
      const bool busy = error.status == 429 || is_any(error.code, {"EXHAUSTED", "LIMIT"});
      const Code code = conflict ? Code::databricks_conflict
                        : busy   ? Code::databricks_busy
                                 : Code::databricks_unavailable;
      return {Errc::unavailable, code, detail, "It is tried again by itself."};
    }
    case FailureClass::needs_person: {
      const Advice advice = advice_for_person(error);
      return {advice.kind, advice.code, detail, advice.remedy};
    }
    case FailureClass::absent:
      return {Errc::not_found, Code::databricks_absent, detail,
              "If it was dropped behind Sluice's back, sync again."};
    case FailureClass::exists:
      return {Errc::conflict, Code::databricks_exists, detail, "Sync again."};
    case FailureClass::bug:
      break;
  }
  return {Errc::internal, Code::databricks_bug, detail,
          "This looks like a defect of Sluice: please report it."};
}

}  // namespace sluice::lakehouse::databricks
