// The description of the API: for programs, and as a page.
#include "api/description/description_routes.h"

#include <algorithm>
#include <span>
#include <utility>

#include "api/answered.h"
#include "http/asset.h"
#include "http/error_codes.h"
#include "http/host_check.h"

namespace sluice::embedded {

// Made by cmake/SluiceEmbed.cmake.
std::span<const http::Asset> api_description();
std::span<const http::Asset> docs_page();

}  // namespace sluice::embedded

namespace sluice::api {
namespace {

http::Response misdirected() {
  return http::Response::text(421, "This Host is not one of Sluice's; see ALLOWED_HOSTS.\n");
}

/// Swagger UI sets styles by properties, and its pictures stand in its style sheet.
constexpr std::string_view page_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

http::Response page_part(const http::Request& request, std::string_view name) {
  const std::span<const http::Asset> parts = embedded::docs_page();
  const auto found = std::find_if(parts.begin(), parts.end(),
                                  [&](const http::Asset& part) { return part.name == name; });
  if (found == parts.end()) {
    return answered(request, fail(Errc::not_found, http::Code::no_such_route,
                                  "The page has no such part.", "It begins at /docs."));
  }
  http::Response response = http::asset_response(request, *found);
  response.headers.set("Content-Security-Policy", page_policy);
  response.headers.set("Referrer-Policy", "no-referrer");
  response.headers.set("Cross-Origin-Opener-Policy", "same-origin");
  return response;
}

}  // namespace

http::Handler get_docs(std::vector<std::string> hosts) {
  return [hosts = std::move(hosts)](http::Request& request) {
    if (!http::is_for_us(request, hosts)) return misdirected();
    return page_part(request, "index.html");
  };
}

http::Handler get_docs_file(std::vector<std::string> hosts) {
  return [hosts = std::move(hosts)](http::Request& request) {
    if (!http::is_for_us(request, hosts)) return misdirected();
    return page_part(request, request.parameter("file"));
  };
}

http::Handler get_openapi(std::vector<std::string> hosts) {
  return [hosts = std::move(hosts)](http::Request& request) {
    if (!http::is_for_us(request, hosts)) return misdirected();
    return http::asset_response(request, embedded::api_description().front());
  };
}

std::string openapi_json() { return http::unpacked(embedded::api_description().front()); }

}  // namespace sluice::api
