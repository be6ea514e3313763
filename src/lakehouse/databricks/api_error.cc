#include "lakehouse/databricks/api_error.h"

#include <regex>

#include <boost/json.hpp>

#include "base/utf8.h"
#include "lakehouse/databricks/error_rules.h"
#include "lakehouse/databricks/quota_remedy.h"

namespace sluice::lakehouse::databricks {
namespace {

namespace json = boost::json;

constexpr std::size_t shown_bytes_max = 400;
/// The cause often stands behind long paths.
constexpr std::size_t message_bytes_max = 1'200;

/// One printable line: what a server sends ends in a status page and in logs.
std::string one_line(std::string_view text, std::size_t bytes_max = message_bytes_max) {
  std::string out;
  for (const char c : text) {
    const bool blank = static_cast<unsigned char>(c) <= ' ';
    if (blank && (out.empty() || out.back() == ' ')) continue;
    out += blank ? ' ' : c;
    if (out.size() >= bytes_max) break;
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
/// Databricks' own words, where the body has none.
constexpr const char* reason_header = "X-Databricks-Reason-Phrase";

std::string between(const std::string& body, const char* element) {
  const std::regex text("<(" + std::string(element) + ")>([^<]*)</", std::regex::icase);
  std::smatch match;
  return std::regex_search(body, match, text) ? match[2].str() : std::string();
}

/// HTML, or the XML of the cloud's storage.
void read_markup(const std::string& body, ApiError& error) {
  error.code = one_line(between(body, "Code"));
  error.message = one_line(between(body, error.code.empty() ? "pre|title" : "Message"));
  if (!error.code.empty()) return;
  // Databricks' own pages have it in <pre>; any other is of what stands between, or of no
  // workspace.
  if (between(body, "pre").empty()) error.code = html_page;
  if (error.message.empty()) error.message = "an HTML page";
}

const json::object* object_in(const json::object& object, const char* name) {
  const json::value* value = object.if_contains(name);
  return value == nullptr ? nullptr : value->if_object();
}

/// Where `error` is an object itself, as Google's and Azure's gates have it: that one.
const json::object& innermost(const json::object& body) {
  const json::object* inner = object_in(body, "error");
  return inner == nullptr ? body : *inner;
}

/// google.rpc.ErrorInfo's, which says more than the words do: `FILES_API_API_IS_NOT_ENABLED`.
std::string reason_in(const json::object& object) {
  const json::value* details = object.if_contains("details");
  if (details == nullptr || !details->is_array()) return {};
  for (const json::value& detail : details->get_array()) {
    const json::object* said = detail.if_object();
    const std::string reason = said == nullptr ? std::string() : text_of(*said, "reason");
    if (!reason.empty()) return one_line(reason, shown_bytes_max);
  }
  return {};
}

void read_object(const json::object& body, ApiError& error) {
  const json::object& object = innermost(body);
  // Of an inner one `status` is the name, and `code` a number beside it.
  const char* first = &object == &body ? "error_code" : "status";
  for (const char* name : {first, "errorCode", "error", "code"}) {
    if (error.code.empty()) error.code = one_line(text_of(object, name));
  }
  for (const char* name :
       {"message", "error_description", "errorSummary", "detail", reason_header}) {
    if (error.message.empty()) error.message = one_line(text_of(object, name));
  }
  if (const std::string reason = reason_in(object); !reason.empty()) {
    error.message += (error.message.empty() ? "(" : " (") + reason + ")";
  }
}

/// `NAME: words`, or `NAME.CASE: words`: the name. A plain word with a colon is none.
std::string_view name_before(std::string_view message) {
  const std::size_t end = message.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.");
  const bool is_name = end != message.npos && message.substr(end, 2) == ": ";
  const std::string_view name = is_name ? message.substr(0, end) : std::string_view();
  return name.find('_') == name.npos ? std::string_view() : name;
}

/// `… SQLSTATE: 42601 (line 1, pos 0)`.
std::string sql_state_in(std::string_view message) {
  constexpr std::string_view mark = "SQLSTATE: ";
  constexpr std::size_t characters = 5;
  const std::size_t at = message.find(mark);
  if (at == message.npos) return {};
  const std::string_view state = message.substr(at + mark.size(), characters);
  return state.size() == characters ? one_line(state) : std::string();
}

/// Only what the page is for: the rest of the address may hold what is private.
std::string redirect_message(std::string_view location) {
  if (location.find("private-link") != location.npos) {
    return "private-link-validation-error, by a redirect to the sign-in page";
  }
  return location.find("login") == location.npos ? "a redirect to another page"
                                                 : "a redirect to the sign-in page";
}

/// What may be shown of its words.
std::string words_of(const ApiError& error, const ErrorDecision& decision) {
  if (!decision.quotes_cells) return one_line(error.message, shown_bytes_max);
  // What comes before it is the constraint's name and condition.
  const std::size_t cut = error.message.find(" by row with values");
  const std::string before = one_line(error.message.substr(0, cut), shown_bytes_max);
  return (cut == std::string::npos ? std::string() : before + "; ") +
         "its further words may quote cells, and are left out";
}

}  // namespace

ApiError api_error_of(const http::ClientResponse& response) {
  const std::string beginning = response.body.substr(0, looked_at_bytes_max);
  ApiError error{response.status, {}, {}};
  if (response.status >= 300 && response.status <= 399) {
    return {response.status, "REDIRECT", redirect_message(response.headers.get("Location"))};
  }
  boost::system::error_code bad;
  const json::value body = json::parse(response.body, bad);
  if (!bad && body.is_object()) {
    read_object(body.get_object(), error);
  } else if (response.body.find('<') != std::string::npos) {
    read_markup(beginning, error);
  } else {
    error.message = one_line(response.body);
  }
  // The code may be `INVALID_PARAMETER_VALUE`, and the message begin with
  // `INVALID_PARAMETER_VALUE.LOCATION_OVERLAP: `.
  const std::string_view named = name_before(error.message);
  if (error.code.empty() || named.starts_with(error.code + ".")) error.code = named;
  if (error.message.empty()) error.message = one_line(response.headers.get(reason_header));
  if (error.message.empty()) error.message = "HTTP " + std::to_string(response.status);
  return error;
}

ApiError statement_error_of(std::string_view error_code, std::string_view message,
                            std::string_view sql_state) {
  ApiError error{200, std::string(error_code), one_line(message),
                 sql_state.empty() ? sql_state_in(message) : std::string(sql_state)};
  // "[TABLE_OR_VIEW_NOT_FOUND] The table …"; sometimes behind an exception's name. Unity Catalog's
  // own come as "[RequestId=… ErrorClass=INVALID_STATE] …".
  static const std::regex bracketed(
      "\\[(?:RequestId=[^ \\]]* ErrorClass=)?([A-Z][A-Z0-9_]+(?:\\.[A-Z0-9_]+)*)\\]");
  std::smatch match;
  const std::string_view named = name_before(error.message);
  if (std::regex_search(error.message, match, bracketed)) {
    error.code = match[1];
  } else if (!named.empty()) {
    error.code = named;
  }
  return error;
}

FailureClass classify(const ApiError& error) { return ruling_on(error).decision->move; }

Error to_error(const ApiError& error, const std::string& doing) {
  const ErrorDecision& decision = *ruling_on(error).decision;
  const std::string named = error.code.empty() ? std::string() : error.code + ", ";
  const std::string counted =
      decision.code == Code::databricks_quota ? quota_remedy(error.message) : std::string();
  return {decision.kind, decision.code,
          doing + ": Databricks says " + named + words_of(error, decision),
          counted.empty() ? decision.remedy : counted};
}

}  // namespace sluice::lakehouse::databricks
