#include "lakehouse/databricks/rest.h"

#include <charconv>

#include <boost/json.hpp>

#include "base/ascii.h"
#include "base/background_loop.h"
#include "http/error_codes.h"
#include "lakehouse/databricks/error_decisions.h"
#include "lakehouse/error_codes.h"

namespace sluice::lakehouse::databricks {
namespace {

namespace json = boost::json;
using Clock = std::chrono::steady_clock;

/// Of the cloud's storage, which answers at once or never.
constexpr std::chrono::seconds storage_stalled_after{60};

std::optional<std::chrono::seconds> retry_after(const http::ClientResponse& response) {
  const std::string_view text = response.headers.get("Retry-After");
  int seconds = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (text.empty() || code != std::errc() || end != text.data() + text.size() || seconds < 0) {
    return std::nullopt;
  }
  return std::chrono::seconds(seconds);
}

tl::unexpected<Error> cancelled() { return fail(work_stopped()); }

Error away(const RestCall& call, const Error& cause) {
  std::string remedy = cause.remedy.empty() ? "It is tried again by itself." : cause.remedy;
  if (cause.code == http::Code::name_not_resolved) {
    remedy = "Check DATABRICKS_HOST, and this machine's DNS; it is tried again by itself.";
  }
  return {Errc::unavailable, Code::databricks_unavailable, call.doing + ": " + cause.detail,
          std::move(remedy)};
}

/// What no trying again mends. libcurl's words for it are the only ones that name a certificate.
bool is_certificate_refused(const Error& cause) {
  return cause.code == http::Code::tls_failed &&
         cause.detail.find("certificate") != std::string::npos;
}

Error untrusted(const RestCall& call, const Error& cause) {
  return {Errc::permission_denied, Code::databricks_network, call.doing + ": " + cause.detail,
          "Check DATABRICKS_HOST. Where a proxy of this network looks into TLS, have this machine "
          "trust its certificate (the system's certificates, or SSL_CERT_FILE). Then sync again."};
}

/// A page where an answer should be: a gate that lets nobody through says 200, too.
bool is_page(std::string_view body) {
  const std::string_view text = trimmed(body);
  return text.starts_with('<') && !text.starts_with("<?xml");
}

/// As the official clients name it in their User-Agent.
const char* kind_of_login(const Connection& connection) {
  if (!connection.token.empty()) return "pat";
  return connection.client_id.empty() ? "azure-client-secret" : "oauth-m2m";
}

constexpr Code lost_code = Code::databricks_answer_lost;

}  // namespace

bool is_lost(const Error& error) { return error.code == lost_code; }

Rest::Rest(const Connection& connection, RetryPolicy retries)
    : connection_(connection),
      retries_(retries),
      client_(std::string("sluice/0.1 os/linux auth/") + kind_of_login(connection)),
      host_(client_, connection),
      tokens_(client_, connection) {}

Result<http::ClientResponse> Rest::send_once(const RestCall& call, const std::string& token,
                                             const std::string& workspace_id) {
  http::ClientRequest request;
  request.method = call.method;
  request.url = connection_.host + call.path;
  request.headers.set("Authorization", "Bearer " + token);
  request.headers.set("Accept", "application/json");
  if (!workspace_id.empty()) request.headers.set("X-Databricks-Workspace-Id", workspace_id);
  if (call.body) {
    request.headers.set("Content-Type", "application/json");
    request.body = json::serialize(*call.body);
  }
  if (call.upload) {
    request.headers.set("Content-Type", "application/octet-stream");
    request.upload = call.upload;
    request.on_sent = call.on_sent;
  }
  request.deadline = call.deadline;
  request.may_reuse_connection = call.is_repeatable;
  request.low_speed_time = call.stalled_after;
  request.response_bytes_max = std::size_t{64} << 20U;
  request.stop_token = call.stop;
  return client_.send(request);
}

Result<http::ClientResponse> Rest::send_with_token(const RestCall& call, CallCount& count) {
  for (int attempt = 1;; ++attempt) {
    const HostConfig host = host_.get(call.stop, count.rest_calls);
    TRY_ASSIGN(const std::string token, tokens_.token(host.token_url, call.stop));
    ++count.rest_calls;
    Result<http::ClientResponse> response = send_once(call, token, host.workspace_id);
    // An expired token is 401 or 403, depending on who looks; so is a missing grant.
    const bool refused = response && (response->status == 401 || response->status == 403);
    if (!refused || attempt == 2 || !tokens_.reject(token)) return response;
  }
}

Result<json::value> Rest::call(const RestCall& call, CallCount& count) {
  TRY_ASSIGN(const http::ClientResponse response, send(call, count));
  if (response.body.empty()) return json::value();
  boost::system::error_code bad;
  json::value body = json::parse(response.body, bad);
  if (!bad) return body;
  if (is_page(response.body)) {
    const ErrorDecision& decision = decisions::gate;
    return fail(decision.kind, decision.code, call.doing + ": the answer is a page of HTML.",
                decision.remedy);
  }
  return fail(Errc::unavailable, call.is_repeatable ? Code::databricks_unavailable : lost_code,
              call.doing + ": the answer is no JSON.", "Check DATABRICKS_HOST.");
}

Result<http::ClientResponse> Rest::send(const RestCall& call, CallCount& count) {
  const Clock::time_point begun = Clock::now();
  for (int failures = 1;; ++failures) {
    Result<http::ClientResponse> response = send_with_token(call, count);
    std::optional<std::chrono::milliseconds> asked;
    Error error;
    if (!response) {
      if (call.stop.stop_requested()) return cancelled();
      if (is_certificate_refused(response.error())) return fail(untrusted(call, response.error()));
      const bool in_transit = response.error().kind == Errc::unavailable ||
                              response.error().kind == Errc::deadline_exceeded;
      if (!in_transit || response.error().code == Code::databricks_unavailable) {
        return fail(response.error());
      }
      // No connection: nothing was done.
      const bool unsent = response.error().code == http::Code::connection_refused ||
                          response.error().code == http::Code::name_not_resolved;
      if (!call.is_repeatable && !unsent) {
        return fail(Errc::unavailable, lost_code, call.doing + ": " + response.error().detail,
                    "The step is repeated.");
      }
      error = away(call, response.error());
    } else if (response->status >= 200 && response->status <= 299) {
      if (call.upload) count.bytes_sent += static_cast<std::int64_t>(call.upload->length);
      return response;
    } else {
      const ApiError said = api_error_of(*response);
      error = to_error(said, call.doing);
      if (classify(said) != FailureClass::transient) return fail(error);
      if (!call.is_repeatable && said.status != 429 && said.status != 503) {
        error.code = lost_code;
        return fail(error);
      }
      asked = retry_after(*response);
    }
    const auto elapsed = std::chrono::duration_cast<RetryPolicy::Duration>(Clock::now() - begun);
    const auto wait = retries_.next(failures, elapsed, random_share(), asked);
    if (!wait) return fail(error);
    if (!pause_for(*wait, call.stop)) return cancelled();
  }
}

Result<http::ClientResponse> Rest::send_presigned(http::ClientRequest request, CallCount& count) {
  ++count.rest_calls;
  const std::uint64_t bytes = request.upload ? request.upload->length : 0;
  request.deadline = std::chrono::milliseconds(0);
  request.low_speed_time = storage_stalled_after;
  Result<http::ClientResponse> response = client_.send(request);
  if (response && response->status <= 299) count.bytes_sent += static_cast<std::int64_t>(bytes);
  return response;
}

Result<http::ClientResponse> Rest::fetch_presigned(http::ClientRequest request, int fd,
                                                   CallCount& count) {
  ++count.rest_calls;
  request.deadline = std::chrono::milliseconds(0);
  request.low_speed_time = storage_stalled_after;
  return client_.send_to_file(request, fd);
}

}  // namespace sluice::lakehouse::databricks
