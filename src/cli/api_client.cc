#include "cli/api_client.h"

#include <filesystem>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/ids.h"
#include "cli/answer_text.h"
#include "cli/error_codes.h"
#include "http/error_codes.h"

namespace sluice::cli {

namespace json = boost::json;

namespace {

std::string text_at(const json::object& object, const char* name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

/// ` Line 2, column 3.` where the problem has a place in the SQL.
std::string place_of(const json::object& problem) {
  const json::value* at = problem.if_contains("position");
  if (at == nullptr || !at->is_object()) return {};
  const json::value* line = at->get_object().if_contains("line");
  const json::value* column = at->get_object().if_contains("column");
  if (line == nullptr || column == nullptr) return {};
  return " Line " + json::serialize(*line) + ", column " + json::serialize(*column) + ".";
}

Error problem_of(const http::ClientResponse& response) {
  boost::system::error_code code;
  const json::value body = json::parse(response.body, code);
  Error error{Errc::invalid_argument,
              Code::unexpected_status,
              "The server answered " + std::to_string(response.status) + ".",
              {}};
  // What the server says may pass by itself: 423 while a request before this one ends, 503 with
  // Retry-After, and what proxies answer while the server starts.
  if (response.status == 423 || response.status == 429 || response.status == 502 ||
      response.status == 503 || response.status == 504) {
    error.kind = Errc::resource_exhausted;
  }
  if (response.status == 409) error.kind = Errc::conflict;
  if (!code && body.is_object()) {
    const json::object& problem = body.as_object();
    if (std::string detail = text_at(problem, "detail"); !detail.empty()) error.detail = detail;
    if (std::string name = text_at(problem, "code"); !name.empty()) {
      error.code = ErrorCode::from_outside(std::move(name));
    }
    error.remedy = text_at(problem, "hint");
    error.choices = choices_of(problem);
    error.detail += place_of(problem);
    error.detail += " (" + error.code.text() + ", request " + text_at(problem, "instance") + ")";
  }
  return error;
}

/// A header value of a form part: quotes and line ends as browsers escape them (WHATWG,
/// multipart/form-data).
std::string form_escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '"')
      out += "%22";
    else if (c == '\r')
      out += "%0D";
    else if (c == '\n')
      out += "%0A";
    else
      out += c;
  }
  return out;
}

std::string field_part(const std::string& boundary, const char* name, const std::string& value) {
  return "--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" +
         value + "\r\n";
}

}  // namespace

Result<http::ClientResponse> ApiClient::send(http::ClientRequest request) {
  request.headers.set("Authorization", "Bearer " + connection_.token);
  request.headers.set("Accept", "application/json");
  Result<http::ClientResponse> response = http_.send(request);
  if (!response) {
    Error error = response.error();
    if (error.code == http::Code::connection_refused) {
      error.detail = "There is no Sluice at " + connection_.api_url + ".";
      error.remedy = "Start it: sluice serve. Or set API_URL.";
    }
    return fail(std::move(error));
  }
  if (response->status < 200 || response->status > 299) return fail(problem_of(*response));
  return response;
}

Result<Answer> ApiClient::exchange(http::ClientRequest request) {
  TRY_ASSIGN(http::ClientResponse response, send(std::move(request)));
  if (response.body.empty()) return Answer{nullptr, "{}"};
  boost::system::error_code code;
  json::value body = json::parse(response.body, code);
  if (code) {
    return fail(Errc::internal, Code::bad_answer, "The server's answer is not JSON.",
                "Is API_URL the address of Sluice?");
  }
  return Answer{std::move(body), std::move(response.body)};
}

Result<Answer> ApiClient::call(const std::string& method, const std::string& path,
                               const std::string& body) {
  http::ClientRequest request;
  request.method = method;
  request.url = connection_.api_url + path;
  request.body = body;
  if (!body.empty()) request.headers.set("Content-Type", "application/json");
  return exchange(std::move(request));
}

Result<Answer> ApiClient::send_file(const std::string& path, const UploadOptions& options,
                                    std::function<void(std::uint64_t, std::uint64_t)> on_sent,
                                    std::uint64_t bytes) {
  const std::string boundary = "sluice-" + random_hex(16);
  http::ClientRequest request;
  request.method = "POST";
  request.url = connection_.api_url + path;
  request.deadline = std::chrono::milliseconds(0);     // a large file takes as long as it takes
  request.low_speed_time = std::chrono::seconds(600);  // the server converts in silence
  request.headers.set("Content-Type", "multipart/form-data; boundary=" + boundary);
  if (!options.name.empty()) request.upload_prefix += field_part(boundary, "name", options.name);
  if (!options.description.empty()) {
    request.upload_prefix += field_part(boundary, "description", options.description);
  }
  if (!options.options.empty()) {
    request.upload_prefix += field_part(boundary, "options", options.options);
  }
  const std::filesystem::path file(options.path);
  request.upload_prefix += "--" + boundary +
                           "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" +
                           form_escaped(file.filename().string()) +
                           "\"\r\nContent-Type: application/octet-stream\r\n\r\n";
  request.upload_suffix = "\r\n--" + boundary + "--\r\n";
  request.upload = http::FileRange{file, 0, bytes};
  request.on_sent = std::move(on_sent);
  return exchange(std::move(request));
}

}  // namespace sluice::cli
