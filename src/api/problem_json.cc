#include "api/problem_json.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "accounts/error_codes.h"
#include "api/error_codes.h"
#include "api/public_error_text.h"
#include "base/error_codes.h"
#include "http/error_codes.h"
#include "http/message.h"
#include "storage/error_codes.h"

namespace sluice::api {

int http_status(const Error& error) {
  if (error.code == BaseCode::disk_full) return 507;
  // The dataset's state does not allow it, and its owner can mend that: RFC 9110, 409.
  if (error.code == storage::Code::data_damaged || error.code == storage::Code::source_damaged)
    return 409;
  if (error.code == Code::unsupported_media_type || error.code == http::Code::not_multipart)
    return 415;
  if (error.code == http::Code::body_too_slow) return 408;
  if (error.code == accounts::Code::login_throttled) return 429;
  // Those of tus 1.0.0.
  if (error.code == Code::upload_expired) return 410;
  if (error.code == Code::tus_version) return 412;
  if (error.code == storage::Code::upload_locked) return 423;
  if (error.code == Code::upload_checksum_mismatch) return 460;
  return http::status_for(error.kind);
}

std::string problem_json(const Error& error, int status, std::string_view instance) {
  const bool hidden = error.kind == Errc::internal && status == 500;
  boost::json::object body{
      {"type", "about:blank#" + error.code.text()},
      {"title", http::reason_for(status)},
      {"status", status},
      {"detail", hidden ? "Something broke on our side; the log names it by the request id."
                        : public_text(error.detail)},
      {"code", error.code.text()},
      {"hint", error.remedy.empty() ? boost::json::value(nullptr)
                                    : boost::json::value(public_text(error.remedy))},
      {"retryable", is_retryable(error.kind)},
      {"instance", instance}};
  if (error.position && !hidden) {
    body["position"] =
        boost::json::object{{"line", error.position->line}, {"column", error.position->column}};
  }
  if (!error.choices.empty() && !hidden) {
    body["choices"] = boost::json::array(error.choices.begin(), error.choices.end());
  }
  return boost::json::serialize(body);
}

http::Response problem_response(const Error& error, int status, std::string_view request_id) {
  http::Response response = http::Response::text(status, problem_json(error, status, request_id),
                                                 "application/problem+json");
  if (status == 401) response.headers.set("WWW-Authenticate", "Bearer realm=\"sluice\"");
  if (status == 503) response.headers.set("Retry-After", "2");
  return response;
}

}  // namespace sluice::api
