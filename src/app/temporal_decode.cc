#include "app/temporal_decode.h"

#include <utility>

#include "base/hash.h"
#include "temporal/payload/readable_payloads.h"

namespace sluice::app {
namespace {

/// As large as a page of a history with large payloads may be.
constexpr std::size_t body_bytes_max = 16U << 20U;

http::Response open_to_pages(http::Response response) {
  response.headers.set("Access-Control-Allow-Origin", "*");
  response.headers.set("Access-Control-Allow-Methods", "POST");
  response.headers.set("Access-Control-Allow-Headers",
                       "Content-Type, X-Namespace, Authorization, Authorization-Extras");
  return response;
}

http::Response refused(int status, const std::string& why) {
  return open_to_pages(http::Response::text(status, why + "\n", "text/plain"));
}

/// The path's token, or the header's.
std::string token_of(const http::Request& request) {
  if (const std::string_view token = request.parameter("token"); !token.empty()) {
    return std::string(token);
  }
  constexpr std::string_view scheme = "Bearer ";
  const std::string_view header = request.headers.get("Authorization");
  return header.starts_with(scheme) ? std::string(header.substr(scheme.size())) : "";
}

}  // namespace

void add_temporal_decode(http::Router& router, std::shared_ptr<const temporal::PayloadCodec> codec,
                         std::string token) {
  const auto decode = [codec = std::move(codec),
                       token = std::move(token)](http::Request& request) -> http::Response {
    if (!equal_constant_time(token_of(request), token)) {
      return refused(401, "The token is missing or wrong; it lies in temporal_decode_token.");
    }
    const Result<std::string> body = request.body().read_all(body_bytes_max);
    if (!body) return refused(400, body.error().detail);
    const Result<std::string> decoded = temporal::decode_payloads_json(*codec, *body);
    if (!decoded) return refused(400, decoded.error().detail);
    return open_to_pages(http::Response::text(200, *decoded, "application/json"));
  };
  const auto preflight = [](http::Request&) {
    return open_to_pages(http::Response::text(204, "", ""));
  };
  for (const char* path : {"/temporal/decode", "/temporal/{token}/decode"}) {
    router.add("POST", path, decode, {.on_io = false, .body_bytes_max = body_bytes_max});
    router.add("OPTIONS", path, preflight);
  }
}

}  // namespace sluice::app
