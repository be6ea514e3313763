#include "api/problem.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "api/public_text.h"
#include "http/message.h"

namespace sluice::api {

int http_status(const Error& error) {
  if (error.code == "disk_full") return 507;
  // The dataset's state does not allow it, and its owner can mend that: RFC 9110, 409.
  if (error.code == "data_damaged" || error.code == "source_damaged") return 409;
  if (error.code == "unsupported_media_type" || error.code == "not_multipart") return 415;
  if (error.code == "body_too_slow") return 408;
  // Those of tus 1.0.0.
  if (error.code == "upload_expired") return 410;
  if (error.code == "tus_version") return 412;
  if (error.code == "upload_locked") return 423;
  if (error.code == "upload_checksum_mismatch") return 460;
  return http::status_for(error.kind);
}

std::string problem_json(const Error& error, int status, std::string_view instance) {
  const bool hidden = error.kind == Errc::internal && status == 500;
  boost::json::object body{
      {"type", "about:blank#" + error.code},
      {"title", http::reason_for(status)},
      {"status", status},
      {"detail", hidden ? "Something broke on our side; the log names it by the request id."
                        : public_text(error.detail)},
      {"code", error.code},
      {"hint", error.remedy.empty() ? boost::json::value(nullptr)
                                    : boost::json::value(public_text(error.remedy))},
      {"retryable", is_retryable(error.kind)},
      {"instance", instance}};
  if (error.position && !hidden) {
    body["position"] =
        boost::json::object{{"line", error.position->line}, {"column", error.position->column}};
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
