#include "api/problem.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "http/message.h"

namespace sluice::api {

int http_status(const Error& error) {
  if (error.code == "disk_full") return 507;
  if (error.code == "unsupported_media_type" || error.code == "not_multipart") return 415;
  return http::status_for(error.kind);
}

namespace {

std::string problem_body(const Error& error, int status, std::string_view request_id) {
  const bool hidden = error.kind == Errc::internal && status == 500;
  const boost::json::object body{
      {"type", "about:blank#" + error.code},
      {"title", http::reason_for(status)},
      {"status", status},
      {"detail", hidden ? "Something broke on our side; the log names it by the request id."
                        : error.detail},
      {"code", error.code},
      {"hint", error.remedy.empty() ? boost::json::value(nullptr) : boost::json::value(error.remedy)},
      {"retryable", is_retryable(error.kind)},
      {"instance", request_id}};
  return boost::json::serialize(body);
}

}  // namespace

http::Response problem_response(const Error& error, int status, std::string_view request_id) {
  http::Response response =
      http::Response::text(status, problem_body(error, status, request_id),
                           "application/problem+json");
  if (status == 401) response.headers.set("WWW-Authenticate", "Bearer realm=\"sluice\"");
  if (status == 503) response.headers.set("Retry-After", "2");
  return response;
}

}  // namespace sluice::api
